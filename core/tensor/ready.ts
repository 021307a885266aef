/** Waiting for elements that are on their way. */
import { storageOf } from "./internals.ts";
import { allArrived } from "../device/awaited.ts";
import { tensorsWithin } from "./tree.ts";

/**
 * Waits until elements that are on their way between devices have arrived: those of the tensors in a value
 * (alone, or in arrays, objects, maps and class instances, with their gradients), or without one all there
 * are. Gives the value back. If elements of the value did not arrive, or are no longer there, it is a {@link
 * BackendError}; the cause says why.
 *
 * `x.to("cpu")` from a device that cannot be read at once gives a tensor that waits. Ops on it wait too, and
 * `await x.data()` waits by itself; what reads at once or changes in place needs it to be ready.
 *
 * @category Backends
 * @example
 * ```ts
 * import { ready, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = await ready(tensor([1, 2]).to("cpu")); // from "webgpu" it would have to wait
 * assertEquals(x.arraySync(), [1, 2]);
 * ```
 */
export async function ready<T = void>(value?: T): Promise<T> {
  if (value === undefined) await allArrived();
  for (const storage of tensorsWithin(value).flatMap((t) => t.grad ? [t, t.grad] : [t]).map(storageOf)) {
    await storage.arrival;
    if (!storage.released) void storage.buffer; // or the error that says why it is not there
  }
  return value as T;
}
