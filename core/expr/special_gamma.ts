/**
 * The logarithm of the gamma function and its derivative, and sin(pi x) / (pi x), on one f64 each.
 *
 * special.ts says where the coefficients come from and how the accuracies were measured.
 *
 * @module
 */

import { productError } from "./compensated.ts";

/** The polynomial with coefficients `c`, lowest first, at `x`. */
export function horner(c: Float64Array, x: number): number {
  let sum = c[c.length - 1];
  for (let i = c.length - 2; i >= 0; i--) sum = sum * x + c[i];
  return sum;
}

// (sin(pi r) / (pi r) - 1) / r^2 in r^2, |r| <= 1/2: error 3e-19 / r^2.
export const SINE: Float64Array = /* @__PURE__ */ Float64Array.of(
  -1.6449340668482264,
  0.8117424252833418,
  -0.19075182412156041,
  0.026147847806417917,
  -0.0023460809020741714,
  0.0001484278700596102,
  -6.972165414563362e-6,
  2.4509153706066905e-7,
);

// (1/r - pi cot(pi r)) / r in r^2, |r| <= 1/2: error 1e-20.
const COTANGENT_P = /* @__PURE__ */ Float64Array.of(
  3.289868133696453,
  -2.395338210585648,
  0.4270727817546525,
  -0.020968120652171865,
  0.00014714138103536414,
);
const COTANGENT_Q = /* @__PURE__ */ Float64Array.of(
  1,
  -1.3860691349000622,
  0.42334107558449824,
  -0.03808388546053689,
  0.0008119450084661043,
);

// lgamma(1 + t) / (t (t - 1)) - 1/2 in t, -0.2 <= t <= 2: error 8e-18.
export const LGAMMA_P: Float64Array = /* @__PURE__ */ Float64Array.of(
  0.07721566490153285,
  0.023122862646587583,
  -0.32607863096245376,
  -0.4931519995958366,
  -0.28912625916330437,
  -0.07721361776526245,
  -0.008771517422501002,
  -0.00031073383249510323,
  -8.782343249342775e-8,
);
export const LGAMMA_Q: Float64Array = /* @__PURE__ */ Float64Array.of(
  1,
  3.4756448903393444,
  4.8033487699782516,
  3.3644480131596493,
  1.2610616589107022,
  0.24515888836911395,
  0.021874317204496417,
  0.0006436849590025262,
);

// Stirling's remainder times x, in 1/x^2, x >= 3: error 4e-18 x.
export const STIRLING_P: Float64Array = /* @__PURE__ */ Float64Array.of(
  0.08333333333333308,
  0.6985667089410633,
  1.4429201945892343,
  0.7370039510883888,
  0.04770811169014371,
);
export const STIRLING_Q: Float64Array = /* @__PURE__ */ Float64Array.of(
  1,
  8.416133840624015,
  17.586056320643326,
  9.357238454761653,
  0.7669351722204018,
);

// digamma(1 + t) / (t - zero) - 3/4 in t, 0 <= t <= 2: relative error 2e-17.
export const DIGAMMA_P: Float64Array = /* @__PURE__ */ Float64Array.of(
  0.5003801375034054,
  0.2231530962024746,
  -0.2795570479263074,
  -0.20508889997361265,
  -0.04469826809608216,
  -0.0034662508407978816,
  -7.094589869626815e-5,
);
export const DIGAMMA_Q: Float64Array = /* @__PURE__ */ Float64Array.of(
  1,
  2.1540552392468215,
  1.6168335441419448,
  0.5405699838140567,
  0.08294498276152297,
  0.005248907770236029,
  9.562571602594606e-5,
);

// (digamma(y + 1/2) - log(y)) y^2 in 1/y^2, y >= 2.5: error 7e-18 y^2.
export const DIGAMMA_TAIL_P: Float64Array = /* @__PURE__ */ Float64Array.of(
  0.041666666666657616,
  0.4660223807214118,
  1.4127115503408347,
  1.231372861626009,
  0.1779347606305826,
  -0.0075423027359761835,
);
export const DIGAMMA_TAIL_Q: Float64Array = /* @__PURE__ */ Float64Array.of(
  1,
  11.359537137223391,
  35.800734315542776,
  34.86924243700599,
  8.015166560700658,
);

/** lgamma(1 + t) for t >= -0.2: no sum 1 + t is rounded near its zeros at t = 0 and 1. */
export function lgamma1p(t: number): number {
  // From 0 rather than negated, so that lgamma(1) is 0 and not -0.
  if (t < 2) return 0 - t * (1 - t) * (0.5 + horner(LGAMMA_P, t) / horner(LGAMMA_Q, t));
  const x = t + 1, u = 1 / (x * x);
  const remainder = horner(STIRLING_P, u) / (horner(STIRLING_Q, u) * x);
  // log(x) - 1 as log(x / 4) + (log(4) - 1): smaller numbers, smaller roundings, for moderate x.
  return (x - 0.5) * (Math.log(x / 4) + 0.38629436111989063) + (0.4189385332046727 + remainder);
}

/** sin(pi r) / (pi r) for |r| <= 1/2. */
function sineRatio(r: number): number {
  const square = r * r;
  return 1 + square * horner(SINE, square);
}

/** sin(pi x) / (pi x), 1 at 0: within 1.5 ulp. */
export function sinc(x: number): number {
  // Exact, so that the sine keeps its digits near its zeros.
  const n = Math.round(x), r = x - n;
  if (n === 0) return sineRatio(r);
  return 0 + (n % 2 === 0 ? r : -r) / x * sineRatio(r);
}

/** From here on down log|Gamma(x)| is far from 0 at all x that f64 has. */
const LAST_ZERO = -24;

/**
 * log|Gamma(x)|: Infinity at the poles 0, -1, -2 ... and at both infinities.
 *
 * Within 3.1 ulp for x > 0, zeros at 1 and 2 included; for x < 0 within 4 ulp or, next to a zero, 2^-52.
 */
export function lgamma(x: number): number {
  if (x >= 0.8) return lgamma1p(x - 1);
  if (x >= 0) return lgamma1p(x) - Math.log(x);
  const r = x - Math.round(x);
  if (r === 0 || x === -Infinity) return Infinity;
  if (x > LAST_ZERO) return lgammaShifted(x);
  // Gamma(x) Gamma(1 - x) = pi / |sin(pi x)|.
  return -Math.log(Math.abs(r) * sineRatio(r)) - lgamma1p(-x);
}

/** lgamma(x) for x < 0 from Gamma(1 + x + n) = Gamma(x) x (x + 1) ... (x + n), the product in two numbers. */
function lgammaShifted(x: number): number {
  let product = x, rest = 0, last = x;
  while (last < -0.2) {
    // Exact but for the last of them, if it is above 0.
    last += 1;
    const next = product * last;
    rest = productError(product, last, next) + rest * last;
    product = next;
  }
  return lgamma1p(last) - (Math.log(Math.abs(product)) + rest / product);
}

/** digamma(1 + t) for t >= 0. */
function digamma1p(t: number): number {
  if (t < 2) {
    // The zero of digamma at 1.46, less 1, to more digits than one f64 holds.
    const gap = t - 0.46163214496836236 + 1.5522348162858677e-17;
    return gap * (0.75 + horner(DIGAMMA_P, t) / horner(DIGAMMA_Q, t));
  }
  const y = t + 0.5, u = 1 / (y * y);
  return Math.log(y) + u * (horner(DIGAMMA_TAIL_P, u) / horner(DIGAMMA_TAIL_Q, u));
}

/** 1/r - pi cot(pi r) for |r| <= 1/2. */
function cotangentRest(r: number): number {
  const square = r * r;
  return r * (horner(COTANGENT_P, square) / horner(COTANGENT_Q, square));
}

/** pi cot(pi r) for 1/4 <= |r| <= 1/2, where it is pi tan(pi (1/2 - r)) = pi cot(pi h) - 2 pi cot(2 pi h). */
function cotangentAside(r: number): number {
  const h = r > 0 ? 0.5 - r : -0.5 - r;
  return 2 * cotangentRest(2 * h) - cotangentRest(h);
}

// log 2 as a number of 32 bits, whose products with exponents are exact, and the rest.
const LN2_HIGH = 0.6931471803691238, LN2_LOW = 1.9082149292705877e-10;

/**
 * digamma(x) for x < 0, by digamma(1 - x) - digamma(x) = pi cot(pi x): what may cancel, a multiple of log 2 and 1/r,
 * is taken apart, so that its difference is exact near a zero.
 */
function digammaReflected(x: number): number {
  const r = x - Math.round(x), pole = 1 / r, t = -x;
  if (t < 2 && Math.abs(r) > 0.25) return digamma1p(t) - cotangentAside(r);
  const poleError = Math.abs(pole) < 1e9 ? -productError(pole, r, 1) / r : 0;
  if (t < 2) return digamma1p(t) - pole + (cotangentRest(r) - poleError);
  const y = t + 0.5, u = 1 / (y * y), exponent = Math.round(Math.log2(y));
  const tail = u * (horner(DIGAMMA_TAIL_P, u) / horner(DIGAMMA_TAIL_Q, u));
  const rest = Math.log(y / 2 ** exponent) + (exponent * LN2_LOW + tail);
  return exponent * LN2_HIGH - pole + (rest + (cotangentRest(r) - poleError));
}

/**
 * The derivative of log Gamma(x): -Infinity at 0, Infinity at -0, NaN at negative whole numbers.
 *
 * Within 2.6 ulp for x > 0, the zero at 1.46 included; for x < 0 within 4 ulp or, next to a zero, 2^-51.
 */
export function digamma(x: number): number {
  if (x >= 1) return digamma1p(x - 1);
  if (x > 0) return digamma1p(x) - 1 / x;
  if (x === 0) return -1 / x;
  return x === Math.floor(x) ? NaN : digammaReflected(x);
}
