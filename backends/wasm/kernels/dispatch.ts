/** Which kernel runs: the cpu's on small operands, else one in wasm, else the cpu's on wasm memory. */
import type { Kernel, View } from "@tapegrad/core/backend";
import { onHost, type WasmBuffer } from "../memory/buffer.ts";
import type { Heap } from "../memory/heap.ts";
import type { WasmKernel } from "./kernel.ts";
import { isResident, withOperands } from "./operands.ts";

type AnyKernel = Kernel<unknown>;

/** What is looked up for each call. */
interface Choice {
  readonly name: string;
  readonly cpu: AnyKernel;
  readonly own: WasmKernel<unknown> | undefined;
  readonly heap: Heap;
}

/** The kernels of a backend: for each of the cpu's one that chooses. */
export function dispatching(
  cpu: ReadonlyMap<string, Kernel>,
  wasm: object,
  heap: Heap,
): Map<string, Kernel> {
  const own = new Map(Object.entries(wasm) as [string, WasmKernel<unknown>][]);
  const entries = [...cpu].map(([name, kernel]): [string, Kernel] => {
    return [name, choosing({ name, cpu: kernel as AnyKernel, own: own.get(name), heap })];
  });
  return new Map(entries);
}

function choosing(choice: Choice): AnyKernel {
  const { cpu } = choice;
  return (inputs, outputs, attributes) => {
    if (areSmall(outputs) && areSmall(inputs)) cpu(inputs, outputs, attributes);
    else runLarge(choice, inputs, outputs, attributes);
  };
}

// Which of an op on one element costs least to find out.
function areSmall(views: readonly View[]): boolean {
  for (let i = 0; i < views.length; i++) if (!ArrayBuffer.isView(views[i].buffer)) return false;
  return true;
}

function runLarge(
  { name, cpu, own, heap }: Choice,
  inputs: readonly View[],
  outputs: readonly View[],
  attributes: unknown,
): void {
  const done = own !== undefined &&
    withOperands(heap, inputs, outputs, (ins, outs) => own(ins, outs, attributes, heap));
  if (!done) cpu(inputs.map(onHost), outputs.map(onHost), attributes);
  for (const view of outputs) {
    if (isResident(view)) (view.buffer as WasmBuffer).op = labelOf(name, attributes);
  }
}

// A map and a reduction are known by the op that they are of.
function labelOf(kernel: string, attributes: unknown): string {
  return (attributes as { readonly name?: string } | null)?.name ?? kernel;
}
