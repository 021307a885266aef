/** A thread that doubles what it is sent: tensors of a tree in, tensors of a tree out. */
import "@tapegrad/backends";
import { fromTransferable, type Tensor, toTransferable, transferList } from "@tapegrad/core";

interface Thread {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

const thread = self as unknown as Thread;

thread.onmessage = async ({ data }) => {
  const { step, state } = fromTransferable<{ step: number; state: Record<string, Tensor> }>(data, {
    backend: "cpu",
  });
  const doubled = Object.fromEntries(Object.entries(state).map(([name, x]) => [name, x.add(x).to(x.dtype)]));
  const message = await toTransferable({ step: step + 1, state: doubled });
  thread.postMessage(message, transferList(message));
};
