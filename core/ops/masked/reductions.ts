/** Reductions of what a mask leaves. */
import { checkSetting } from "../../base/settings.ts";
import { normalizeAxes } from "../../base/shape.ts";
import { reducedCount } from "../../primitives/reduce.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as arithmetic from "../arithmetic.ts";
import { where } from "../choice.ts";
import { to } from "../convert.ts";
import { maximum } from "../magnitude.ts";
import { nanmedian } from "../order_statistics.ts";
import * as reductions from "../reductions.ts";
import type { Axes, ReduceOptions } from "../reductions.ts";
import { expand, reshape } from "../shape.ts";
import * as statistics from "../statistics.ts";
import { check, filled, type MaskOptions } from "./masking.ts";

/**
 * What reductions here may be told.
 *
 * @category Masked
 */
export interface MaskedReduceOptions extends MaskOptions, ReduceOptions {}

/**
 * A reduction over axes, all unless said, of what a mask leaves.
 *
 * @category Masked
 */
export type MaskedReduceOp = (x: Tensor, axes?: Axes, options?: MaskedReduceOptions) => Tensor;

function reduction(name: string, op: reductions.ReduceOp, identity: number): MaskedReduceOp {
  return (x, axes, options = {}) => {
    check(name, x, options, { keepDims: false });
    return op(filled(x, options.mask, identity), axes, { keepDims: options.keepDims ?? false });
  };
}

/**
 * The sum over axes of what the mask leaves; 0 of nothing: `torch.masked.sum`.
 *
 * @category Masked
 * @example
 * ```ts
 * import { masked, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]), mask = tensor([[true, false], [true, true]]);
 * assertEquals(await masked.sum(x, 1, { mask }).array(), [1, 7]);
 * assertEquals(await masked.mean(x, 0, { mask }).array(), [2, 4]);
 * assertEquals(await masked.softmax(x, 1, { mask }).slice(0).array(), [1, 0]);
 * ```
 */
export const sum: MaskedReduceOp = /* @__PURE__ */ reduction("sum", reductions.sum, 0);

/**
 * The product over axes of what the mask leaves; 1 of nothing: `torch.masked.prod`.
 *
 * @category Masked
 */
export const prod: MaskedReduceOp = /* @__PURE__ */ reduction("prod", reductions.prod, 1);

/**
 * The largest over axes of what the mask leaves; -Infinity of nothing: `torch.masked.amax`.
 *
 * @category Masked
 */
export const amax: MaskedReduceOp = /* @__PURE__ */ reduction("amax", reductions.max, -Infinity);

/**
 * The smallest over axes of what the mask leaves; Infinity of nothing: `torch.masked.amin`.
 *
 * @category Masked
 */
export const amin: MaskedReduceOp = /* @__PURE__ */ reduction("amin", reductions.min, Infinity);

/**
 * log Σ eˣ over axes of what the mask leaves; -Infinity of nothing: `torch.masked.logsumexp`.
 *
 * @category Masked
 */
export const logSumExp: MaskedReduceOp = /* @__PURE__ */ reduction(
  "logSumExp",
  statistics.logSumExp,
  -Infinity,
);

// The sum over axes, which stay, of what the mask leaves, and how much that is.
function totalOf(x: Tensor, mask: Tensor | undefined, axes: readonly number[]): [Tensor, Tensor | number] {
  const kept = { keepDims: true }, total = reductions.sum(filled(x, mask, 0), axes, kept);
  if (!mask) return [total, reducedCount(x.shape, axes)];
  const counted = to(where(expand(mask, x.shape), 1, 0), x.dtype);
  return [total, reductions.sum(counted, axes, kept)];
}

function shaped(result: Tensor, axes: readonly number[], { keepDims = false }: ReduceOptions): Tensor {
  return keepDims ? result : reshape(result, result.shape.filter((_, i) => !axes.includes(i)));
}

/**
 * The mean over axes of what the mask leaves; NaN of nothing: `torch.masked.mean`.
 *
 * @category Masked
 */
export function mean(x: Tensor, axes?: Axes, options: MaskedReduceOptions = {}): Tensor {
  check("mean", x, options, { keepDims: false });
  const over = normalizeAxes("masked.mean", axes, x.rank);
  return shaped(arithmetic.div(...totalOf(x, options.mask, over)), over, options);
}

/**
 * What {@link std} and the variance here may be told.
 *
 * @category Masked
 */
export interface MaskedVarianceOptions extends MaskedReduceOptions {
  /** What is taken off the count before dividing: 1 unless said. */
  readonly correction?: number;
}

/**
 * The variance over axes of what the mask leaves, unbiased unless `correction` is 0: `torch.masked.var`.
 *
 * @category Masked
 */
function variance(x: Tensor, axes?: Axes, options: MaskedVarianceOptions = {}): Tensor {
  check("var", x, options, { keepDims: false, correction: 1 });
  const { mask, correction = 1 } = options, over = normalizeAxes("masked.var", axes, x.rank);
  checkSetting("take masked.var", "correction", correction);
  const [total, count] = totalOf(x, mask, over);
  const squares = arithmetic.square(arithmetic.sub(x, arithmetic.div(total, count)));
  const spread = reductions.sum(filled(squares, mask, 0), over, { keepDims: true });
  const left = typeof count === "number"
    ? Math.max(0, count - correction)
    : maximum(arithmetic.sub(count, correction), 0);
  return shaped(arithmetic.div(spread, left), over, options);
}

export {
  /** The variance over axes of what the mask leaves, as PyTorch calls it. */
  variance as var,
};

/**
 * The square root of the variance of what the mask leaves: `torch.masked.std`.
 *
 * @category Masked
 */
export function std(x: Tensor, axes?: Axes, options?: MaskedVarianceOptions): Tensor {
  return arithmetic.sqrt(variance(x, axes, options));
}

/**
 * The median along an axis of what the mask leaves, the lower one of two; NaN of nothing: `torch.masked.median`.
 *
 * @category Masked
 */
export function median(x: Tensor, axis?: number, options: MaskedReduceOptions = {}): Tensor {
  check("median", x, options, { keepDims: false });
  return nanmedian(filled(x, options.mask, NaN), axis, { keepDims: options.keepDims ?? false });
}

/**
 * What {@link norm} here may be told.
 *
 * @category Masked
 */
export interface MaskedNormOptions extends MaskedReduceOptions {
  /** p of the p-norm: 2 unless said. */
  readonly order?: number;
}

/**
 * (Σ|x|ᵖ)^(1/p) over axes of what the mask leaves: `torch.masked.norm`.
 *
 * @category Masked
 */
export function norm(x: Tensor, axes?: Axes, options: MaskedNormOptions = {}): Tensor {
  check("norm", x, options, { keepDims: false, order: 2 });
  const { mask, order = 2, keepDims = false } = options;
  return statistics.norm(filled(x, mask, order === -Infinity ? Infinity : 0), axes, { order, keepDims });
}
