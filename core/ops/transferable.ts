/** Tensors on their way to another thread, and to a file. */
import type { Backend } from "../device/backend.ts";
import { checkDtype } from "../base/dtype.ts";
import { described } from "../base/text.ts";
import { HostTensor, isSent, numbersOf, type SentTensor } from "../tensor/host_tensor.ts";
import { read } from "../tensor/read.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { leavesOf, mapLeaves, tensorsWithin, withLeaves } from "../tensor/tree.ts";
import { fromArray } from "./creation.ts";
import { stored } from "./host_elements.ts";

/**
 * A tree with what is sent in place of each tensor.
 *
 * @category Tensors
 */
export type OnHost<T> = T extends Tensor ? HostTensor
  : T extends object ? { [K in keyof T]: OnHost<T[K]> }
  : T;

/**
 * A tensor, or arrays and plain objects of such, as what `postMessage`, `structuredClone` and `JSON.stringify` take:
 * copies of the elements, brought to the host in one round trip, with dtype and shape. Gradients stay behind.
 * {@link fromTransferable} makes tensors of it again. A tensor in an object of a class is a TypeError: of a module
 * its state dict is sent.
 *
 * @category Tensors
 * @example
 * ```ts
 * import { fromTransferable, tensor, toTransferable, transferList } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { port1, port2 } = new MessageChannel();
 * const received = new Promise((resolve) => port2.onmessage = ({ data }) => resolve(data));
 * const tree = { step: 7, weight: tensor([1, NaN]) }, message = await toTransferable(tree);
 * port1.postMessage(message, transferList(message)); // without the list the elements are copied once more
 * const { step, weight } = fromTransferable<typeof tree>(await received);
 * assertEquals([step, await weight.array()], [7, [1, NaN]]);
 * port1.close();
 *
 * const text = JSON.stringify(await tensor([1, NaN]).toTransferable());
 * assertEquals(text, '{"dtype":"f32","shape":[2],"data":[1,"NaN"]}');
 * assertEquals(await fromTransferable(JSON.parse(text)).array(), [1, NaN]);
 * ```
 */
export async function toTransferable<T>(tree: T): Promise<OnHost<T>> {
  const tensors = leavesOf(tree), known = new Set(tensors);
  if (tensorsWithin(tree).some((tensor) => !known.has(tensor))) {
    throw new TypeError(
      "Cannot send a tensor within an object of a class: pass arrays and plain objects, of a module its stateDict()",
    );
  }
  const arrays = await read(tensors);
  const sent = tensors.map(({ dtype, shape }, i) => new HostTensor(dtype, shape, arrays[i]));
  return withLeaves<unknown>(tree, sent) as OnHost<T>;
}

/**
 * Where {@link fromTransferable} makes tensors.
 *
 * @category Tensors
 */
export interface ArrivalOptions {
  /** On the backend in use unless said. */
  readonly backend?: string | Backend;
}

/**
 * What {@link toTransferable} or `JSON.stringify` was given, from what was received or parsed: each object of `dtype`,
 * `shape` and `data` becomes a tensor, all else stays. Elements that do not fit are errors of {@link fromArray}.
 *
 * @category Tensors
 * @example
 * ```ts
 * import { fromTransferable, type Tensor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const text = JSON.stringify({ rate: 0.1, mask: tensor([true, false], { backend: "cpu" }) });
 * const { rate, mask } = fromTransferable<{ rate: number; mask: Tensor }>(JSON.parse(text));
 * assertEquals([rate, mask.dtype, await mask.array()], [0.1, "bool", [true, false]]);
 * ```
 */
export function fromTransferable<T = Tensor>(message: unknown, options: ArrivalOptions = {}): T {
  return mapLeaves(message, isSent, (sent) => arrived(sent, options)) as T;
}

function arrived(sent: SentTensor, { backend }: ArrivalOptions): Tensor {
  const dtype = checkDtype(sent.dtype), numbers = numbersOf(sent.data);
  if (numbers === null) {
    throw new TypeError(
      `Cannot make a tensor from a message with data of ${
        described(sent.data)
      }: the elements are needed as ` +
        "toTransferable() or JSON.stringify() gave them",
    );
  }
  const elements = Array.isArray(numbers) ? stored("make a tensor with", dtype, numbers) : numbers;
  return fromArray(elements as HostTensor["data"], sent.shape, { dtype, ...(backend && { backend }) });
}

/**
 * The memory of all elements of a message, to be handed over by `postMessage` in place of a copy: the sender cannot
 * read them any longer.
 *
 * @category Tensors
 * @example
 * ```ts
 * import { tensor, transferList } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const message = await tensor([1, 2, 3]).toTransferable();
 * assertEquals(transferList(message), [message.data.buffer]);
 * structuredClone(message, { transfer: transferList(message) });
 * assertEquals(message.data.length, 0);
 * ```
 */
export function transferList(message: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  mapLeaves(
    message,
    isSent,
    ({ data }) => ArrayBuffer.isView(data) && buffers.add(data.buffer as ArrayBuffer),
  );
  return [...buffers];
}
