/** The gamma distribution and what is made of it. */
import type { TensorLike } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import type { Expr } from "../../expr/expr.ts";
import { type BinaryBuilder, part } from "../../expr/scalar.ts";
import { digamma } from "../../expr/special.ts";
import { mapped } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sigmoid } from "../activation.ts";
import { add, div, mul, sqrt, sub } from "../arithmetic.ts";
import { full } from "../creation.ts";
import { softmax } from "../nn/softmax.ts";
import { between, standardNormal } from "./continuous.ts";
import { type DistributionOptions, type Drawing, drawingOf, drawnAs, keysOf, lifted } from "./drawing.ts";

/** So many candidates are drawn; each is taken with a chance of 0.95 and more. */
const ROUNDS = 8;

/** Beyond it by Wilson's and Hilferty's cube of a normal number, which is as good there. */
const LARGE = 1000;

/**
 * The slope of the logarithm l of a gamma distributed number x in its shape, the chance of less held:
 * -(∂P/∂a)/(∂P/∂x)/x, by powers of x. It has its digits where x is too small to be a number.
 */
function slopeOf(a: number, l: number): number {
  const x = Math.exp(l);
  if (a > LARGE) return cubeSlope(a, x) / x;
  const level = l - digamma(a + 1);
  let total = level;
  for (let n = 1, term = 1, harmonic = 0; n < 10_000; n++) {
    term *= x / (a + n);
    harmonic += 1 / (a + n);
    total += term * (level - harmonic);
    if (term < 1e-17 * Math.abs(total)) break;
  }
  return -total / a;
}

// Of a w³, where w = 1 - 1/(9a) + z/(3√a) for a normal z.
function cubeSlope(a: number, x: number): number {
  const w = Math.cbrt(x / a), apart = w - 1 + 1 / (9 * a);
  return w * w * (w + 3 * a * (1 / (9 * a * a) - apart / (2 * a)));
}

function slopeSingle(a: Expr, l: Expr): Expr {
  const x = e.exp(l), level = e.sub(l, e.digamma(e.add(a, 1)));
  let total: Expr = level, term: Expr = e.constant(1), harmonic: Expr = e.constant(0);
  for (let n = 1; n <= 48; n++) {
    term = e.mul(term, e.div(x, e.add(a, n)));
    harmonic = e.add(harmonic, e.div(1, e.add(a, n)));
    total = e.add(total, e.mul(term, e.sub(level, harmonic)));
  }
  const w = e.pow(e.div(x, a), 1 / 3), ninth = e.div(1 / 9, a), apart = e.add(e.sub(w, 1), ninth);
  const cube = e.mul(e.mul(w, w), e.add(w, e.sub(e.mul(3, ninth), e.mul(1.5, apart))));
  return e.select(e.gt(a, 12), e.div(cube, x), e.neg(e.div(total, a)));
}

const slope: BinaryBuilder = /* @__PURE__ */ part("random_gammaSlope", [null, null], {
  result: "float",
  evaluate: slopeOf,
  expandSingle: slopeSingle,
});

/** A number that was drawn, with its slope in the shape that it was drawn with. */
const drawnWith: BinaryBuilder = /* @__PURE__ */ part("random_gamma", [
  (ct, _y, a, x) => e.mul(ct, e.select(e.gt(x, 0), e.mul(x, slope(a, e.log(x))), 0)),
  null,
], { result: "float", evaluate: (_a, x) => x, expand: (_a, x) => x });

/** The logarithm of one, with its slope. */
const loggedWith: BinaryBuilder = /* @__PURE__ */ part("random_gammaLog", [
  (ct, _y, a, l) => e.mul(ct, slope(a, l)),
  null,
], { result: "float", evaluate: (_a, l) => l, expand: (_a, l) => l });

// Of negative shapes there is none.
const attached = /* @__PURE__ */ mapped(
  "random.gamma",
  (a, x) => e.select(e.ge(a, 0), drawnWith(a, x), NaN),
);
const attachedLog = /* @__PURE__ */ mapped(
  "random.gamma",
  (a, l) => e.select(e.ge(a, 0), loggedWith(a, l), NaN),
);

/** The shape of at least 1 with which candidates are drawn, less a third. */
function shapeOf(a: Expr): Expr {
  return e.sub(e.select(e.lt(a, 1), e.add(a, 1), a), 1 / 3);
}

// Marsaglia and Tsang (2000): a candidate, unless one was taken.
const next = /* @__PURE__ */ mapped("random.gamma", (found, a, x, u) => {
  const d = shapeOf(a), root = e.add(1, e.div(x, e.sqrt(e.mul(9, d)))), v = e.mul(root, e.mul(root, root));
  const bound = e.add(e.mul(0.5, e.mul(x, x)), e.mul(d, e.add(e.sub(1, v), e.log(v))));
  const isTaken = e.and(e.gt(root, 0), e.lt(e.log(u), bound));
  return e.select(e.gt(found, 0), found, e.select(isTaken, v, 0));
});

// Of a shape below 1, that of one more times a power; what no round took is the middle.
const scaled = /* @__PURE__ */ mapped("random.gamma", (found, a, u) => {
  const value = e.mul(shapeOf(a), e.select(e.gt(found, 0), found, 1));
  return e.select(e.lt(a, 1), e.mul(value, e.pow(u, e.div(1, a))), value);
});

// The same as its logarithm, where the number may be too small to be one.
const scaledLog = /* @__PURE__ */ mapped("random.gamma", (found, a, u) => {
  const value = e.log(e.mul(shapeOf(a), e.select(e.gt(found, 0), found, 1)));
  return e.select(e.lt(a, 1), e.add(value, e.div(e.log(u), a)), value);
});

/** Of the scale 1, or their logarithms. */
function standardGamma(
  concentration: TensorLike,
  options: DistributionOptions,
  drawing: Drawing,
  isLog = false,
): Tensor {
  const { shape } = drawing, keys = keysOf(options, drawing, 2 * ROUNDS + 1);
  const drawn = (k: number) => drawnAs(drawing, { key: keys[k] });
  const a = add(full(shape, 0, { dtype: drawing.dtype, backend: drawing.backend }), concentration),
    fixed = a.detach();
  let found = full(shape, 0, { dtype: drawing.dtype, backend: drawing.backend });
  for (let round = 0; round < ROUNDS; round++) {
    found = next(found, fixed, standardNormal(shape, drawn(2 * round)), between(shape, drawn(2 * round + 1)));
  }
  const last = between(shape, drawn(2 * ROUNDS));
  return isLog ? attachedLog(a, scaledLog(found, fixed, last)) : attached(a, scaled(found, fixed, last));
}

/**
 * Numbers of gamma distributions of concentrations, NaN below 0, and rates, by at most 8 candidates each (Marsaglia and Tsang 2000), of
 * which all are refused once in 10¹⁰: then it is about the mean. The gradient to the concentration is the implicit one
 * (Figurnov et al. 2018), of first order. On WebGPU it has three digits from a concentration of 12 on. Of one key they are
 * the same on every backend to within 64 units in the last place, but for those few whose candidate is nearly refused.
 *
 * @category Random
 * @example
 * ```ts
 * import { full, key, random, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const shape = variable(3), x = random.gamma(shape, 2, { shape: [10_000], key: key(0) });
 * assertAlmostEquals(await x.mean().item(), 1.5, 0.05);
 * x.mean().backward();
 * assertAlmostEquals(await shape.grad!.item(), 0.5, 0.02); // of the mean, shape / rate
 * ```
 */
export function gamma(
  concentration: TensorLike,
  rate: TensorLike = 1,
  options: DistributionOptions = {},
): Tensor {
  const drawing = drawingOf("gamma", [concentration, rate], options);
  return div(standardGamma(concentration, options, drawing), rate);
}

/**
 * Numbers of beta distributions: x/(x + y) of gamma distributed numbers, by their logarithms, since those of small
 * parameters are 0 in any dtype; with the gradients and, in units, the sameness of {@link gamma}.
 *
 * @category Random
 */
export function beta(a: TensorLike, b: TensorLike, options: DistributionOptions = {}): Tensor {
  const drawing = drawingOf("beta", [a, b], options), [first, second] = keysOf(options, drawing, 2);
  const x = standardGamma(a, { key: first }, drawing, true),
    y = standardGamma(b, { key: second }, drawing, true);
  return sigmoid(sub(x, y));
}

/**
 * Chances along the last axis that add up to 1, of Dirichlet's distribution of concentrations along it, with the gradients
 * of {@link gamma} and twice its units.
 *
 * @category Random
 */
export function dirichlet(concentration: Tensor, options: DistributionOptions = {}): Tensor {
  const drawing = drawingOf("dirichlet", [concentration], options);
  return softmax(standardGamma(concentration, options, drawing, true), -1);
}

/**
 * Numbers of Student's t distribution of degrees of freedom: normal ones over the root of what {@link gamma} gives, with
 * its gradients. Of one key they are the same on every backend to within 16 units in the last place, but as there.
 *
 * @category Random
 */
export function studentT(df: TensorLike, options: DistributionOptions = {}): Tensor {
  const drawing = drawingOf("studentT", [df], options), [first, second] = keysOf(options, drawing, 2);
  const x = standardNormal(drawing.shape, drawnAs(drawing, { key: first })),
    half = mul(0.5, lifted(df, drawing));
  return mul(x, sqrt(div(half, standardGamma(half, { key: second }, drawing))));
}
