/** For which matrices a device that cannot be read at once is asked for a kernel. */
import type { TensorType } from "../../../call/op.ts";

/** Up to so many rows and columns it factors a batch sooner than that moves to the host and back. */
export const SMALL = 32;

/** Whether the matrices of the first operand are small, and have elements. */
export function isSmall([{ shape }]: readonly TensorType[]): boolean {
  return shape.slice(-2).every((n) => n > 0 && n <= SMALL);
}
