/**
 * The logarithm of the gamma function and its derivatives, on one f64 each.
 *
 * special.ts says where the coefficients come from and how the accuracies were measured.
 *
 * @module
 */

/** The polynomial with coefficients `c`, lowest first, at `x`. */
export function horner(c: Float64Array, x: number): number {
  let sum = c[c.length - 1];
  for (let i = c.length - 2; i >= 0; i--) sum = sum * x + c[i];
  return sum;
}

// (sin(pi r) / (pi r) - 1) / r^2 in r^2, |r| <= 1/2: error 3e-19 / r^2.
const SINE = Float64Array.of(
  -1.6449340668482264,
  0.8117424252833418,
  -0.19075182412156041,
  0.026147847806417917,
  -0.0023460809020741714,
  0.0001484278700596102,
  -6.972165414563362e-6,
  2.4509153706066905e-7,
);

// pi cot(pi r) r / (1/4 - r^2) - 4.5 in r^2, |r| <= 1/2: error 5e-17.
const COTANGENT_P = Float64Array.of(
  -0.5,
  3.50991245777084,
  -1.2797795867925705,
  0.09242825343815476,
);
const COTANGENT_Q = Float64Array.of(
  1,
  -1.3387699851132608,
  0.36098133127995985,
  -0.022192344147277367,
  -1.8989465672154297e-5,
);

// lgamma(1 + t) / (t (t - 1)) - 1/2 in t, -0.2 <= t <= 2: error 8e-18.
const LGAMMA_P = Float64Array.of(
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
const LGAMMA_Q = Float64Array.of(
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
const STIRLING_P = Float64Array.of(
  0.08333333333333308,
  0.6985667089410633,
  1.4429201945892343,
  0.7370039510883888,
  0.04770811169014371,
);
const STIRLING_Q = Float64Array.of(
  1,
  8.416133840624015,
  17.586056320643326,
  9.357238454761653,
  0.7669351722204018,
);

// digamma(1 + t) / (t - zero) - 3/4 in t, 0 <= t <= 2: relative error 2e-17.
const DIGAMMA_P = Float64Array.of(
  0.5003801375034054,
  0.2231530962024746,
  -0.2795570479263074,
  -0.20508889997361265,
  -0.04469826809608216,
  -0.0034662508407978816,
  -7.094589869626815e-5,
);
const DIGAMMA_Q = Float64Array.of(
  1,
  2.1540552392468215,
  1.6168335441419448,
  0.5405699838140567,
  0.08294498276152297,
  0.005248907770236029,
  9.562571602594606e-5,
);

// (digamma(y + 1/2) - log(y)) y^2 in 1/y^2, y >= 2.5: error 7e-18 y^2.
const DIGAMMA_TAIL_P = Float64Array.of(
  0.041666666666657616,
  0.4660223807214118,
  1.4127115503408347,
  1.231372861626009,
  0.1779347606305826,
  -0.0075423027359761835,
);
const DIGAMMA_TAIL_Q = Float64Array.of(
  1,
  11.359537137223391,
  35.800734315542776,
  34.86924243700599,
  8.015166560700658,
);

/** lgamma(1 + t) for t >= -0.2: no sum 1 + t is rounded near its zeros at t = 0 and 1. */
function lgamma1p(t: number): number {
  // From 0 rather than negated, so that lgamma(1) is 0 and not -0.
  if (t < 2) return 0 - t * (1 - t) * (0.5 + horner(LGAMMA_P, t) / horner(LGAMMA_Q, t));
  const x = t + 1, u = 1 / (x * x);
  const remainder = horner(STIRLING_P, u) / (horner(STIRLING_Q, u) * x);
  // log(x) - 1 as log(x / 4) + (log(4) - 1): smaller numbers, smaller roundings, for moderate x.
  return (x - 0.5) * (Math.log(x / 4) + 0.38629436111989063) + (0.4189385332046727 + remainder);
}

/**
 * log|Gamma(x)|: Infinity at the poles 0, -1, -2 ... and at both infinities.
 *
 * Negative x by Gamma(x) Gamma(1 - x) = pi / |sin(pi x)|. Within 3.1 ulp for x > 0, zeros at 1 and 2
 * included; for x < 0 within 1.5e-15 max(1, |lgamma(x)|).
 */
export function lgamma(x: number): number {
  if (x >= 0.8) return lgamma1p(x - 1);
  if (x >= 0) return lgamma1p(x) - Math.log(x);
  // Exact, so that the sine keeps its digits near the poles.
  const r = Math.abs(x - Math.round(x)), square = r * r;
  if (r === 0 || x === -Infinity) return Infinity;
  return -Math.log(r * (1 + square * horner(SINE, square))) - lgamma1p(-x);
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

/** pi cot(pi x) for x that is no whole number. */
function cotangent(x: number): number {
  const r = x - Math.round(x), square = r * r;
  const factor = 4.5 + horner(COTANGENT_P, square) / horner(COTANGENT_Q, square);
  return (0.5 - r) * (0.5 + r) * factor / r;
}

/**
 * The derivative of log Gamma(x): -Infinity at 0, Infinity at -0, NaN at negative whole numbers.
 *
 * Negative x by digamma(1 - x) - digamma(x) = pi cot(pi x). Within 2.6 ulp for x > 0, the zero at 1.46
 * included; for x < 0 within 1.8e-15 max(1, |digamma(x)|).
 */
export function digamma(x: number): number {
  if (x >= 1) return digamma1p(x - 1);
  if (x > 0) return digamma1p(x) - 1 / x;
  if (x === 0) return -1 / x;
  if (x === Math.floor(x)) return NaN;
  return digamma1p(-x) - cotangent(x);
}

// B(2j) / (2j)! for j = 1, 2, ...
const BERNOULLI = Float64Array.of(
  0.08333333333333333,
  -0.001388888888888889,
  3.306878306878307e-05,
  -8.267195767195768e-07,
  2.08767569878681e-08,
  -5.284190138687493e-10,
  1.3382536530684679e-11,
  -3.3896802963225827e-13,
  8.586062056277845e-15,
);

/** The sum of (x + k)^-s over k = 0, 1, 2 ..., x > 0, whole s > 1: Euler-Maclaurin from x + k = s + 8 on. */
function hurwitz(s: number, x: number): number {
  const terms = Math.max(0, Math.ceil(s + 8 - x));
  const start = x + terms, u = 1 / (start * start);
  let rest = 0;
  for (let j = 0, factor = s * u; j < BERNOULLI.length; j++) {
    rest += BERNOULLI[j] * factor;
    factor *= (s + 2 * j + 1) * (s + 2 * j + 2) * u;
  }
  let sum = (1 / (s - 1) + (0.5 / start + rest)) / power(start, s - 1);
  // From the smallest term to the largest, so that roundings stay small.
  for (let k = terms - 1; k >= 0; k--) sum += 1 / power(x + k, s);
  return sum;
}

/** x to the whole power n > 0: a few multiplications are faster than Math.pow. */
function power(x: number, n: number): number {
  if (n > 8) return Math.pow(x, n);
  let product = x;
  for (let i = 1; i < n; i++) product *= x;
  return product;
}

/** The n-th derivative of c = pi cot(pi x) over n!, as a polynomial in c, for each n asked for so far. */
const COTANGENT_DERIVATIVES: Float64Array[] = [Float64Array.of(0, 1)];

/** The next of them, by c' = -pi^2 - c^2. */
function nextDerivative(last: Float64Array): Float64Array {
  const next = new Float64Array(last.length + 1), n = last.length - 1;
  for (let i = 1; i <= n; i++) {
    const slope = i * last[i] / n;
    next[i - 1] -= Math.PI * Math.PI * slope;
    next[i + 1] -= slope;
  }
  return next;
}

/** The n-th derivative of pi cot(pi x), over n!. */
function cotangentDerivative(n: number, x: number): number {
  const known = COTANGENT_DERIVATIVES;
  while (known.length <= n) known.push(nextDerivative(known[known.length - 1]));
  return horner(known[n], cotangent(x));
}

/** n! for whole n, Infinity past 170. */
function factorial(n: number): number {
  let product = 1;
  for (let i = 2; i <= n; i++) product *= i;
  return product;
}

/**
 * The n-th derivative of digamma, (-1)^(n+1) n! zeta(n+1, x), for whole n >= 0 (NaN for another n).
 *
 * Negative x by the n-th derivative of digamma(1 - x) - digamma(x) = pi cot(pi x). Within 5 ulp for x > 0 and
 * n <= 8, 12 for n <= 100; for x < 0 within 3n + 5 ulp, except close to a zero. Past n = 170 n! overflows.
 * Unlike PyTorch, the first derivative is Infinity at negative whole numbers, and all are 0 at Infinity.
 */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  if (n < 0 || n % 1 !== 0) return NaN;
  const sign = n % 2 === 0 ? -1 : 1;
  if (x > 0) return sign * factorial(n) * hurwitz(n + 1, x);
  if (x === Math.floor(x)) return sign * Infinity;
  return -factorial(n) * (cotangentDerivative(n, x) + hurwitz(n + 1, 1 - x));
}
