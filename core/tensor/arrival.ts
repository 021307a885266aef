/**
 * Elements that are on their way from a device that is read without blocking. Ops on such tensors give
 * tensors that wait in turn, so that gradients travel back through any number of ops.
 */
import type { View } from "../device/backend.ts";
import { allArrived, type Storage, waiting } from "../device/storage.ts";
import type { Tensor } from "./tensor.ts";
import { tensorsWithin } from "./tree.ts";

/** Whether a tensor waits for its elements; quick where none does. */
export function isComing({ storage }: Tensor): boolean {
  return waiting > 0 && storage !== null && storage.arrival !== null;
}

/** Calls `use` with views of tensors when their elements are here, and holds them until it is done. */
export async function whenHere<T>(
  tensors: readonly Tensor[],
  use: (views: readonly View[]) => T | Promise<T>,
): Promise<T> {
  const storages = tensors.map((t) => t.storage!);
  for (const storage of storages) storage.hold();
  try {
    for (const { arrival } of storages) if (arrival) await arrival;
    return await use(tensors.map((t, i) => heldView(t, storages[i])));
  } finally {
    for (const storage of storages) storage.letGo();
  }
}

function heldView({ dtype, shape, strides, offset }: Tensor, { heldBuffer: buffer }: Storage): View {
  return { buffer, dtype, shape, strides, offset };
}

/**
 * Waits until elements that are on their way between devices have arrived: those of the tensors in a value
 * (alone, or in arrays, objects, maps and class instances, with their gradients), or without one all there
 * are. Gives the value back. If elements of the value did not arrive, or are no longer there, it is a {@link
 * BackendError}; the cause says why.
 *
 * `x.to("cpu")` from a device that cannot be read at once gives a tensor that waits. Ops on it wait too, and
 * `await x.data()` waits by itself; what reads at once or changes in place needs it to be ready.
 *
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
  for (const { storage } of tensorsWithin(value).flatMap((t) => t.grad ? [t, t.grad] : [t])) {
    await storage?.arrival;
    if (storage && !storage.released) void storage.buffer; // or the error that says why it is not there
  }
  return value as T;
}
