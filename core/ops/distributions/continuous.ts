/** Continuous distributions that are functions of one number from 0 to 1. */
import type { TensorLike } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, div, mul, neg, sub } from "../arithmetic.ts";
import { greater } from "../comparison.ts";
import { exp, log1p } from "../math.ts";
import { ceil } from "../rounding.ts";
import { drawnBy, type RandomOptions } from "../draws.ts";
import { ndtr, ndtri } from "../special.ts";
import type { Shape } from "../../base/shape.ts";
import { clamp, where } from "../choice.ts";
import { type DistributionOptions, drawingOf, drawnAs, lifted } from "./drawing.ts";

type Draw = (shape: Shape, options: RandomOptions) => Tensor;

/** Standard normal numbers. */
export const standardNormal: Draw = /* @__PURE__ */ drawnBy(
  "random.normal",
  (u) => e.mul(Math.SQRT2, e.erfinv(e.sub(e.mul(2, u), 1))),
);

/** Numbers between 0 and 1, both excluded. */
export const between: Draw = /* @__PURE__ */ drawnBy("random.between", (u) => u);

const standardExponential: Draw = /* @__PURE__ */ drawnBy("random.exponential", (u) => e.neg(e.log(u)));

/** Numbers of Gumbel's distribution. */
export const standardGumbel: Draw = /* @__PURE__ */ drawnBy(
  "random.gumbel",
  (u) => e.neg(e.log(e.neg(e.log(u)))),
);

const standardCauchy: Draw = /* @__PURE__ */ drawnBy("random.cauchy", (u) => {
  // Far out by how far it is from the end, which has all digits.
  const aside = e.sub(u, 0.5), size = e.abs(aside), isFar = e.gt(size, 0.25);
  const tangent = e.tan(e.mul(Math.PI, e.select(isFar, e.sub(0.5, size), size)));
  return e.copysign(e.select(isFar, e.div(1, tangent), tangent), aside);
});

const standardLaplace: Draw = /* @__PURE__ */ drawnBy("random.laplace", (u) => {
  const aside = e.sub(e.mul(2, u), 1);
  return e.neg(e.mul(e.sign(aside), e.log1p(e.neg(e.abs(aside)))));
});

// Standard ones, times a scale, plus a location.
function placed(
  name: string,
  draw: Draw,
  [location, scale]: readonly [TensorLike, TensorLike],
  options: DistributionOptions,
): Tensor {
  const drawing = drawingOf(name, [location, scale], options);
  return add(mul(draw(drawing.shape, drawnAs(drawing, options)), scale), location);
}

/**
 * Normally distributed numbers of means and standard deviations, which broadcast, with gradients to both: `torch.normal`.
 * Of one key they are the same on every backend to within 4 units in the last place before they are scaled.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, random, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = random.normal(tensor([[0], [100]]), tensor([1, 2]), { key: key(0) });
 * assertAlmostEquals(await x.slice(1).mean().item(), 100, 5);
 * ```
 */
export function normal(mean: TensorLike, std: TensorLike, options: DistributionOptions = {}): Tensor {
  return placed("normal", standardNormal, [mean, std], options);
}

/**
 * e to the power of normally distributed numbers of means and standard deviations, with gradients to both. Of one key they
 * are the same on every backend to within 16 units in the last place where the standard deviation is 1.
 *
 * @category Random
 */
export function logNormal(mean: TensorLike, std: TensorLike, options: DistributionOptions = {}): Tensor {
  return exp(normal(mean, std, options));
}

/**
 * Exponentially distributed numbers of rates, with gradients.
 * Of one key they are the same on every backend to within 2 units in the last place.
 *
 * @category Random
 */
export function exponential(rate: TensorLike, options: DistributionOptions = {}): Tensor {
  const drawing = drawingOf("exponential", [rate], options);
  return div(standardExponential(drawing.shape, drawnAs(drawing, options)), rate);
}

/**
 * Numbers of Laplace's distribution of locations and scales, with gradients to both.
 * Of one key they are the same on every backend to within 2 units in the last place before they are scaled.
 *
 * @category Random
 */
export function laplace(location: TensorLike, scale: TensorLike, options: DistributionOptions = {}): Tensor {
  return placed("laplace", standardLaplace, [location, scale], options);
}

/**
 * Numbers of Cauchy's distribution of locations and scales, with gradients to both.
 * Of one key they are the same on every backend to within 4 units in the last place before they are scaled.
 *
 * @category Random
 */
export function cauchy(location: TensorLike, scale: TensorLike, options: DistributionOptions = {}): Tensor {
  return placed("cauchy", standardCauchy, [location, scale], options);
}

/**
 * Numbers of Gumbel's distribution of locations and scales, with gradients to both.
 * Of one key they are the same on every backend to within 2 units in the last place of 1 or of themselves before
 * they are scaled.
 *
 * @category Random
 */
export function gumbel(location: TensorLike, scale: TensorLike, options: DistributionOptions = {}): Tensor {
  return placed("gumbel", standardGumbel, [location, scale], options);
}

/**
 * How often is tried until a chance of p comes true, from 1 on; it has no gradient. As floats, like PyTorch's. Of one key
 * they are the same on every backend but for those few that are rounded up from next to a whole number.
 *
 * @category Random
 */
export function geometric(p: TensorLike, options: DistributionOptions = {}): Tensor {
  const drawing = drawingOf("geometric", [p], options);
  const waits = standardExponential(drawing.shape, drawnAs(drawing, options));
  return ceil(div(waits, neg(log1p(neg(lifted(p, drawing))))));
}

/**
 * Standard normal numbers from `low` to `high`, in their own shape of probabilities, with gradients to both bounds; from the
 * tail that is nearer, so that bounds far out have all digits.
 * Of one key they are the same on every backend to within 8 units in the last place of 1 or of themselves.
 *
 * @category Random
 */
export function truncatedNormal(
  low: TensorLike,
  high: TensorLike,
  options: DistributionOptions = {},
): Tensor {
  const drawing = drawingOf("truncatedNormal", [low, high], options);
  const u = between(drawing.shape, drawnAs(drawing, options));
  const [start, end] = [low, high].map((x) => lifted(x, drawing));
  // Above 0 by the mirror image.
  const isAbove = greater(start, 0),
    from = where(isAbove, neg(end), start),
    to = where(isAbove, neg(start), end);
  const bottom = ndtr(from), drawn = ndtri(add(bottom, mul(u, sub(ndtr(to), bottom))));
  // Beyond where chances are numbers it is a bound.
  return clamp(where(isAbove, neg(drawn), drawn), start, end);
}
