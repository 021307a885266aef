/** What keeps the shape of its tensor, by what a mask leaves. */
import { checkOptions } from "../../base/settings.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { div } from "../arithmetic.ts";
import * as cumulative from "../cumulative.ts";
import { maximum } from "../magnitude.ts";
import * as mathematics from "../math.ts";
import { softmin as softminOf } from "../nn/gates.ts";
import * as softmaxes from "../nn/softmax.ts";
import * as statistics from "../statistics.ts";
import { check, filled, type MaskOptions } from "./masking.ts";

/**
 * What runs along an axis through what a mask leaves.
 *
 * @category Masked
 */
export type MaskedAlongOp = (x: Tensor, axis: number, options?: MaskOptions) => Tensor;

/**
 * What {@link normalize} here may be told.
 *
 * @category Masked
 */
export interface MaskedNormalizeOptions extends MaskOptions {
  /** p of the norm that is divided by: 2 unless said. */
  readonly order?: number;
  /** What is divided by at least: 1e-12 unless said. */
  readonly eps?: number;
}

/**
 * x over the norm along an axis of what the mask leaves: `torch.masked.normalize`.
 *
 * @category Masked
 */
export function normalize(x: Tensor, axis: number, options: MaskedNormalizeOptions = {}): Tensor {
  check("normalize", x, options, { order: 2, eps: 1 });
  const { mask, order = 2, eps = 1e-12 } = options, values = filled(x, mask, 0);
  return div(values, maximum(statistics.norm(values, axis, { order, keepDims: true }), eps));
}

function along(name: string, op: (x: Tensor, axis: number) => Tensor, identity: number): MaskedAlongOp {
  return (x, axis, options = {}) => {
    check(name, x, options, {});
    return op(filled(x, options.mask, identity), axis);
  };
}

/**
 * The running sum along an axis of what the mask leaves: `torch.masked.cumsum`.
 *
 * @category Masked
 */
export const cumsum: MaskedAlongOp = /* @__PURE__ */ along("cumsum", cumulative.cumsum, 0);

/**
 * The running product along an axis of what the mask leaves: `torch.masked.cumprod`.
 *
 * @category Masked
 */
export const cumprod: MaskedAlongOp = /* @__PURE__ */ along("cumprod", cumulative.cumprod, 1);

/**
 * eˣ/Σeˣ along an axis of what the mask leaves, 0 elsewhere: `torch.masked.softmax`.
 *
 * @category Masked
 * @example
 * ```ts
 * import { masked, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 1, 9]), mask = tensor([true, true, false]);
 * assertEquals(await masked.softmax(x, 0, { mask }).array(), [0.5, 0.5, 0]);
 * ```
 */
export const softmax: MaskedAlongOp = /* @__PURE__ */ along("softmax", softmaxes.softmax, -Infinity);

/**
 * The logarithm of {@link softmax} here, -Infinity where the mask is false: `torch.masked.log_softmax`.
 *
 * @category Masked
 */
export const logSoftmax: MaskedAlongOp = /* @__PURE__ */ along("logSoftmax", softmaxes.logSoftmax, -Infinity);

/**
 * {@link softmax} here of -x: `torch.masked.softmin`.
 *
 * @category Masked
 */
export const softmin: MaskedAlongOp = /* @__PURE__ */ along("softmin", softminOf, Infinity);

/**
 * Which operands of {@link logaddexp} here count where.
 *
 * @category Masked
 */
export interface MaskedPairOptions {
  /** True at what counts of the first operand; all does unless said. */
  readonly inputMask?: Tensor;
  /** The same for the second. */
  readonly otherMask?: Tensor;
}

/**
 * log(eᵃ + eᵇ), elementwise, of what the masks leave; -Infinity of nothing: `torch.masked.logaddexp`.
 *
 * @category Masked
 */
export function logaddexp(a: Tensor, b: Tensor, options: MaskedPairOptions = {}): Tensor {
  checkOptions("masked.logaddexp", options, { inputMask: null, otherMask: null });
  const side = (x: Tensor, mask?: Tensor) => {
    check("logaddexp", x, mask === undefined ? {} : { mask }, {});
    return filled(x, mask, -Infinity);
  };
  return mathematics.logaddexp(side(a, options.inputMask), side(b, options.otherMask));
}
