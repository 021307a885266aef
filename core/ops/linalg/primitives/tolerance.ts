/** From which magnitude on singular values count. */
import { asTensor, type TensorLike } from "../../../define/operands.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { mul } from "../../arithmetic.ts";
import { where } from "../../choice.ts";
import { greater } from "../../comparison.ts";
import { maximum } from "../../magnitude.ts";
import { max } from "../../reductions.ts";
import { unsqueeze } from "../../shape.ts";

/**
 * Which singular values count as zero.
 *
 * @category Linear algebra
 */
export interface ToleranceOptions {
  /** Those up to this one; a number, or one for each matrix; 0 unless said. */
  readonly atol?: TensorLike;
  /** Those up to this part of the largest; unless said ε of the dtype times the larger extent, with a positive `atol` 0. */
  readonly rtol?: TensorLike;
  /** Whether matrices are symmetric, of which the lower triangle is read then. */
  readonly hermitian?: boolean;
}

/** The options by name, for checks. */
export const tolerances = { atol: null, rtol: null, hermitian: false } as const;

/** The absolute and the relative tolerance for matrices. */
export function tolerancesOf(x: Tensor, { atol = 0, rtol }: ToleranceOptions): [Tensor, Tensor] {
  const [m, n] = x.shape.slice(-2), absolute = asTensor(atol, x).detach();
  if (rtol !== undefined) return [absolute, asTensor(rtol, x).detach()];
  return [
    absolute,
    where(greater(absolute, 0), 0, asTensor((x.dtype === "f64" ? 2 ** -52 : 2 ** -23) * Math.max(m, n), x)),
  ];
}

/** Where magnitudes count. */
export function counts(magnitudes: Tensor, atol: Tensor, rtol: Tensor): Tensor {
  if (magnitudes.size === 0) return greater(magnitudes, 0);
  const largest = max(magnitudes, -1, { keepDims: true });
  const each = (x: Tensor) => x.rank === 0 ? x : unsqueeze(x, -1);
  return greater(magnitudes, maximum(each(atol), mul(each(rtol), largest)));
}
