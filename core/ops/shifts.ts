/** Where frequency 0 stands in a spectrum. */
import { normalizeAxes } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { roll } from "./joining.ts";
import type { Axes } from "./reductions.ts";

function shifted(op: string, x: Tensor, axes: Axes | undefined, half: (n: number) => number): Tensor {
  checkTensor(op, x);
  const over = normalizeAxes(op, axes, x.rank);
  return roll(x, over.map((axis) => half(x.shape[axis] / 2)), over);
}

/**
 * Moved around by half of the extents of axes, all unless said, so that what was first is in the middle:
 * `torch.fft.fftshift`.
 *
 * @category Shape
 * @example
 * ```ts
 * import { fftshift, ifftshift, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = fftshift(tensor([0, 1, 2, -2, -1]));
 * assertEquals(await x.array(), [-2, -1, 0, 1, 2]);
 * assertEquals(await ifftshift(x).array(), [0, 1, 2, -2, -1]);
 * ```
 */
export function fftshift(x: Tensor, axes?: Axes): Tensor {
  return shifted("fftshift", x, axes, Math.floor);
}

/**
 * The inverse of {@link fftshift}: `torch.fft.ifftshift`.
 *
 * @category Shape
 */
export function ifftshift(x: Tensor, axes?: Axes): Tensor {
  return shifted("ifftshift", x, axes, Math.ceil);
}

registerFunctions({ fftshift: 1, ifftshift: 1 });
