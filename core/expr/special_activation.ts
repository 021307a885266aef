/**
 * Activations of networks and the normal distribution, on one f64 each: what their formulas would lose where they
 * cancel, magnify a rounding in an exponent, or multiply a subnormal number.
 *
 * special.ts says where the coefficients come from and how the accuracies were measured.
 *
 * @module
 */

import { productError } from "./compensated.ts";
import { erfc, erfcFactor, erfinv, ERFINV_TAIL_P, ERFINV_TAIL_Q, gaussian } from "./special.ts";
import { horner } from "./special_gamma.ts";

// (x - tanh(x)) / x^3 in x^2, |x| <= 1: error 3e-21.
export const TANHSHRINK_P: Float64Array = /* @__PURE__ */ Float64Array.of(
  0.3333333333333333,
  0.023513444778175217,
  0.00037250105967929527,
  1.2673340351607934e-6,
);
export const TANHSHRINK_Q: Float64Array = /* @__PURE__ */ Float64Array.of(
  1,
  0.47054033433452563,
  0.02742887500808625,
  0.0004010968167870713,
  1.2960020915441478e-6,
);

// 2 sqrt(2 / pi) as f64 and what that leaves.
const BEND = 1.5957691216057308, BEND_LOW = -9.96930880911092e-17;
const CUBIC = 0.044715;

/** Below it e^x is near the subnormal numbers, whose few bits a factor would magnify. */
const SUBNORMAL = -700;

/** e^(-x^2 / 2) with x^2 as if it were not rounded, times a factor. */
function bell(x: number, factor: number): number {
  const square = x * x;
  return gaussian(square / 2, productError(x, x, square) / 2, factor);
}

/** The density of the standard normal distribution, e^(-x^2 / 2) / sqrt(2 pi). */
export function normalDensity(x: number): number {
  return Math.abs(x) > 40 ? 0 : bell(x, 0.3989422804014327);
}

/** The standard normal distribution function, the probability of less than x. */
export function normalCdf(x: number): number {
  if (!(x < -Math.SQRT2)) return 0.5 * erfc(-Math.SQRT1_2 * x);
  if (x < -40) return 0;
  const t = Math.SQRT2 / -x;
  return bell(x, 0.5 * t * erfcFactor(t));
}

/** x times {@link normalCdf}. */
export function gelu(x: number): number {
  if (!(x < -Math.SQRT2)) return x * normalCdf(x);
  // From -Infinity it is NaN.
  return x < -40 ? x * 0 : bell(x, -Math.SQRT1_2 * erfcFactor(Math.SQRT2 / -x));
}

/** x times the sigmoid of 2 sqrt(2 / pi) (x + 0.044715 x^3). */
export function geluTanh(x: number): number {
  if (x > 8) return x;
  if (x < -22) return x * 0;
  const square = x * x,
    cubic = CUBIC * square,
    factor = 1 + cubic,
    product = x * factor,
    bend = BEND * product;
  const squareError = productError(x, x, square);
  const factorError = cubic - (factor - 1) + productError(CUBIC, square, cubic) + CUBIC * squareError;
  const low = productError(x, factor, product) + x * factorError;
  return timesSigmoid(x, bend, productError(BEND, product, bend) + BEND * low + BEND_LOW * product);
}

/** x times the sigmoid of `bend + low`. */
function timesSigmoid(x: number, bend: number, low: number): number {
  if (bend > 0) return x / (1 + Math.exp(-bend));
  const root = Math.exp(bend / 2), power = root * root;
  return bend < SUBNORMAL ? x * root * (root + root * low) : x * ((power + power * low) / (1 + power));
}

/** x times the sigmoid of x. */
export function silu(x: number): number {
  return x < SUBNORMAL ? timesExp(x) : x < 0 ? x * (Math.exp(x) / (1 + Math.exp(x))) : x / (1 + Math.exp(-x));
}

/** x times tanh(log(1 + e^x)). */
export function mish(x: number): number {
  return x < SUBNORMAL ? timesExp(x) : x * Math.tanh(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
}

/** x e^x, where e^x may be subnormal. */
function timesExp(x: number): number {
  const root = Math.exp(x / 2);
  return x * root * root;
}

/** x - tanh(x). */
export function tanhshrink(x: number): number {
  const square = x * x;
  if (!(square < 1)) return x - Math.tanh(x);
  // From 0, so that no zero has a sign.
  return 0 + x * (square * (horner(TANHSHRINK_P, square) / horner(TANHSHRINK_Q, square)));
}

const ROOT_PI_OVER_TWO = 0.886226925452758;

/** The inverse of the normal distribution function: -Infinity and Infinity at 0 and 1, NaN beyond. */
export function normalQuantile(p: number): number {
  const small = Math.min(p, 1 - p), r = Math.sqrt(-Math.log(2 * small));
  if (!(small < 0.125)) return Math.SQRT2 * erfinv(2 * p - 1);
  if (small === 0) return p === 0 ? -Infinity : Infinity;
  let z = r - horner(ERFINV_TAIL_P, r) / horner(ERFINV_TAIL_Q, r);
  // Beyond the fit, Newton's steps on log erfc, which is as good as straight there.
  for (let steps = r > 6 ? 2 : 0; steps > 0; steps--) {
    const factor = erfcFactor(1 / z);
    z += ((r - z) * (r + z) + Math.log(factor / z)) * factor / z * ROOT_PI_OVER_TWO;
  }
  return p < 0.5 ? -Math.SQRT2 * z : Math.SQRT2 * z;
}
