/** What core knows of tensors, and their public type does not show: their memory, and their place on the tape. */
import { tick } from "../device/clock.ts";
import type { Storage } from "../device/storage.ts";
import type { TapeNode } from "./node.ts";
import type { Tensor } from "./tensor.ts";

/** The memory that a tensor sees. */
export function storageOf(x: Tensor): Storage {
  return x["storage"];
}

/** Its place on the tape; `null` if it carries no gradient. */
export function nodeOf(x: Tensor): TapeNode | null {
  return x["node"];
}

/** Which output of its node it is. */
export function slotOf(x: Tensor): number {
  return x["slot"];
}

/** Its gradient, for those who do not keep it: others are held to have it for good. */
export function unseenGradOf(x: Tensor): Tensor | null {
  return x["unseenGrad"];
}

/** Gives it its place on the tape. */
export function attach(x: Tensor, node: TapeNode, slot: number): void {
  x["node"] = node;
  x["slot"] = slot;
}

/** Tells the tape that its elements were changed in place. */
export function markChanged(x: Tensor): void {
  x["storage"].changedAt = tick();
}

/** Has a tensor see what another sees, of the same shape. */
export function takeOver(x: Tensor, from: Tensor): void {
  const { strides, offset, dtype } = from;
  Object.assign(x, { storage: storageOf(from), strides, offset, dtype });
}
