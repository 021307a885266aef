/** Losses of the difference of an input and a target of one shape: an elementwise op each, then a reduction. */
import { defineElementwise, e, type Expr, type Tensor } from "@tapegrad/core";
import { checkAlike, type LossOptions, reduced } from "./options.ts";

const squaredError = /* @__PURE__ */ defineElementwise("squaredError", (x, y) => e.square(e.sub(x, y)));

/**
 * The squared error (x - y)² of an input and a target of one shape, which must be equal: otherwise a
 * {@link ShapeError}. `torch.nn.functional.mse_loss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { mseLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await mseLoss(tensor([1, 2]), tensor([1, 4])).item(), 2);
 * ```
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkAlike("mseLoss", [input, target], options);
  return reduced(options, squaredError, input, target);
}

const absoluteError = /* @__PURE__ */ defineElementwise("absoluteError", (x, y) => e.abs(e.sub(x, y)));

/**
 * The absolute error |x - y| of an input and a target of one shape, which must be equal: otherwise a
 * {@link ShapeError}. Its gradient at 0 is 0. `torch.nn.functional.l1_loss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { l1Loss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await l1Loss(tensor([1, 2]), tensor([1, 4]), { reduction: "none" }).array(), [0, 2]);
 * ```
 */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkAlike("l1Loss", [input, target], options);
  return reduced(options, absoluteError, input, target);
}

// With m = d limited to ±δ: m(d - m/2) is d²/2 within and δ(|d| - δ/2) beyond, with no branch whose
// gradient could be 0·∞. At ±δ it has no curvature.
function huberOf(d: Expr, delta: Expr): Expr {
  const m = e.select(e.ge(e.abs(d), delta), e.mul(e.sign(d), delta), d);
  return e.mul(m, e.sub(d, e.mul(0.5, m)));
}

const huber = /* @__PURE__ */ defineElementwise("huber", (x, y, delta) => huberOf(e.sub(x, y), delta));

/**
 * What {@link huberLoss} may be told.
 *
 * @category Losses
 */
export interface HuberOptions extends LossOptions {
  /** Where the parabola ends, above 0; 1 unless said. */
  readonly delta?: number;
}

/**
 * The Huber loss (1964) of the difference d of an input and a target: d²/2 up to |d| = δ and
 * δ(|d| - δ/2) beyond. Shapes that differ are a {@link ShapeError}, a δ of 0 or less is a `RangeError`.
 * `torch.nn.functional.huber_loss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor, zeros } from "@tapegrad/core";
 * import { huberLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const losses = huberLoss(tensor([1, 3]), zeros([2]), { delta: 2, reduction: "none" });
 * assertEquals(await losses.array(), [0.5, 4]);
 * ```
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  checkAlike("huberLoss", [input, target], options);
  const { delta = 1 } = options;
  if (!(delta > 0)) throw new RangeError(`Cannot take the huberLoss with delta ${delta}: it must be above 0`);
  return reduced(options, huber, input, target, delta);
}

const smoothL1 = /* @__PURE__ */ defineElementwise(
  "smoothL1",
  (x, y, beta) => e.div(huberOf(e.sub(x, y), beta), beta),
);

/**
 * What {@link smoothL1Loss} may be told.
 *
 * @category Losses
 */
export interface SmoothL1Options extends LossOptions {
  /** Where the parabola ends, from 0; 1 unless said. */
  readonly beta?: number;
}

/**
 * {@link huberLoss} divided by β = δ: d²/(2β) up to |d| = β and |d| - β/2 beyond, {@link l1Loss} for
 * β = 0 (Girshick, 2015). Shapes that differ are a {@link ShapeError}, a negative β is a `RangeError`.
 * `torch.nn.functional.smooth_l1_loss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor, zeros } from "@tapegrad/core";
 * import { smoothL1Loss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const losses = smoothL1Loss(tensor([1, 3]), zeros([2]), { beta: 2, reduction: "none" });
 * assertEquals(await losses.array(), [0.25, 2]);
 * ```
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor {
  checkAlike("smoothL1Loss", [input, target], options);
  const { beta = 1 } = options;
  if (!(beta >= 0)) throw new RangeError(`Cannot take the smoothL1Loss with beta ${beta}: it must be from 0`);
  return beta === 0
    ? l1Loss(input, target, { reduction: options.reduction })
    : reduced(options, smoothL1, input, target, beta);
}
