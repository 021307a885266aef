/** For which matrices a device that cannot be read at once is asked for a kernel. */
import type { TensorType } from "../../../call/op.ts";

/** Up to so many rows and columns it factors a batch sooner than that moves to the host and back. */
export const SMALL = 32;

/** Whether the matrices of the first operand are small, and have elements. */
export function isSmall([{ shape }]: readonly TensorType[]): boolean {
  return shape.slice(-2).every((n) => n > 0 && n <= SMALL);
}

/** Whether the matrices are small, or have few rows or few columns and no more elements than small ones. */
export function isNarrow([{ shape }]: readonly TensorType[]): boolean {
  const [m, n] = shape.slice(-2), size = m * n;
  return size > 0 && size <= SMALL * SMALL && Math.min(m, n) <= SMALL;
}
