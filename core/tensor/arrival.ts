/**
 * Elements that are on their way from a device that is read without blocking. Ops on such tensors give
 * tensors that wait in turn, so that gradients travel back through any number of ops.
 */
import type { View } from "../device/backend.ts";
import { waiting } from "../device/awaited.ts";
import type { Storage } from "../device/storage.ts";
import type { Tensor } from "./tensor.ts";
import { storageOf } from "./internals.ts";

/** Whether a tensor waits for its elements; quick where none does. */
export function isComing(x: Tensor): boolean {
  return waiting > 0 && storageOf(x).arrival !== null;
}

/** Calls `use` with views of tensors when their elements are here, and holds them until it is done. */
export async function whenHere<T>(
  tensors: readonly Tensor[],
  use: (views: readonly View[]) => T | Promise<T>,
): Promise<T> {
  const storages = tensors.map(storageOf);
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
