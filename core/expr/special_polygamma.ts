/**
 * The derivatives of digamma, on one f64 each.
 *
 * @module
 */

import { productError, sumError } from "./compensated.ts";
import { digamma, lgamma } from "./special_gamma.ts";

// B(2j) / (2j)! for j = 1, 2, ...
const BERNOULLI = /* @__PURE__ */ Float64Array.of(
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

/**
 * The sum of ((x + k) scale)^-s over k = 0, 1, 2 ..., x > 0, s > 1: Euler-Maclaurin from x + k = s + 8 on, or after 60
 * terms, where the rest is nothing beside the first.
 */
export function hurwitz(s: number, x: number, scale: number): number {
  const terms = Math.min(60, Math.max(0, Math.ceil(s + 8 - x)));
  const start = x + terms, u = 1 / (start * start);
  let rest = 0;
  for (let j = 0, factor = s / start; j < BERNOULLI.length; j++) {
    rest += BERNOULLI[j] * factor;
    factor *= (s + 2 * j + 1) * (s + 2 * j + 2) * u;
  }
  let sum = (start / (s - 1) + (0.5 + rest)) / power(start * scale, s);
  // From the smallest term to the largest, so that roundings stay small.
  for (let k = terms - 1; k >= 0; k--) sum += 1 / power((x + k) * scale, s);
  return sum;
}

/** `hurwitz(s, x + by) - hurwitz(s, x)`, term by term, so that it has its digits for a small `by` too. */
function hurwitzDifference(s: number, x: number, by: number, scale: number): number {
  const terms = Math.max(0, Math.ceil(s + 8 - x)), start = x + terms, u = 1 / (start * start);
  // (start + by)^-p is start^-p and this part of it more.
  const grows = Math.log1p(by / start), part = (p: number): number => Math.expm1(-p * grows);
  let rest = 0;
  for (let j = 0, factor = s / start; j < BERNOULLI.length; j++) {
    rest += BERNOULLI[j] * factor * part(s + 2 * j + 1);
    factor *= (s + 2 * j + 1) * (s + 2 * j + 2) * u;
  }
  let sum = (start / (s - 1) * part(s - 1) + (0.5 * part(s) + rest)) / power(start * scale, s);
  for (let k = terms - 1; k >= 0; k--) {
    sum += Math.expm1(-s * Math.log1p(by / (x + k))) / power((x + k) * scale, s);
  }
  return sum;
}

/** x to the power n > 0: of whole ones a few multiplications are faster than Math.pow. */
function power(x: number, n: number): number {
  if (n > 8 || n % 1 !== 0) return Math.pow(x, n);
  let product = x;
  for (let i = 1; i < n; i++) product *= x;
  return product;
}

/** A number in two parts, times 2^places. */
interface Scaled {
  readonly value: number;
  readonly rest: number;
  readonly places: number;
}

/** n! for each n asked for so far. */
const FACTORIALS: Scaled[] = [{ value: 1, rest: 0, places: 0 }];

function factorial(n: number): Scaled {
  for (let k = FACTORIALS.length; k <= n; k++) {
    const { value, rest, places } = FACTORIALS[k - 1], product = value * k;
    const next = { value: product, rest: productError(value, k, product) + rest * k, places };
    FACTORIALS.push(product < 1e270 ? next : shifted(next));
  }
  return FACTORIALS[n];
}

function shifted({ value, rest, places }: Scaled): Scaled {
  return { value: value * 2 ** -800, rest: rest * 2 ** -800, places: places + 800 };
}

/** The power of two at or below x > 0, which f64 and its reciprocal can hold. */
function exponentOf(x: number): number {
  return Math.min(1000, Math.max(-1000, Math.floor(Math.log2(x))));
}

/** (-1)^(n+1) n! sum 2^places, in steps of which only the last may leave the range of f64. */
function timesFactorial(n: number, sum: number, places: number): number {
  const { value, rest, places: more } = factorial(n);
  let product = n % 2 === 0 ? -sum : sum, left = places + more;
  for (const step = left < 0 ? -900 : 900; Math.abs(left) > 900; left -= step) product *= 2 ** step;
  return left < 0 ? product * (value + rest) * 2 ** left : product * 2 ** left * (value + rest);
}

/** Orders of which neither the factorial nor the sum is in the range of f64: their logarithms are added. */
const LARGE = 1000;

/** n! times the sum of (x + k)^-(n+1), x > 0, of a large order: a few terms, or nothing where there would be many. */
function largeOrder(n: number, x: number): number {
  const s = n + 1;
  if (x > s) return 0;
  let sum = 1;
  for (let k = 1, term = 1; term > 1e-17; k++) sum += term = Math.exp(-s * Math.log1p(k / x));
  return Math.exp(lgamma(s) - s * Math.log(x) + Math.log(sum));
}

// Left of 0 the nearest whole number decides, but halfway between two, whose terms cancel in every other order.
function ofLargeOrder(n: number, x: number, sign: number, aside: number): number {
  if (x > 0) return sign * largeOrder(n, x);
  if (sign < 0 && aside === 0) return -largeOrder(n, 1 - x);
  return sign > 0 || aside > 0 ? Infinity : -Infinity;
}

/**
 * The n-th derivative of digamma, (-1)^(n+1) n! zeta(n+1, x), for whole n >= 0 (NaN for another n).
 *
 * Negative x as the sum over all whole k less that over k = -1, -2 ... Within 6 ulp, but next to the zeros that it
 * has at negative x for even n, where it is within 6 ulp of the two terms that cancel.
 * Beyond order 1000 the error is that of the logarithms of the factorial and the sum, 1e-16 of their size.
 * Unlike PyTorch, the first derivative is Infinity at negative whole numbers, and all are 0 at Infinity.
 */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  if (n < 0 || n % 1 !== 0 || x !== x) return NaN;
  const s = n + 1, sign = n % 2 === 0 ? -1 : 1;
  if (x === Infinity) return sign * 0;
  if (x <= 0 && x === Math.floor(x)) return sign * Infinity;
  // How far x is from the half between whole numbers, and from the nearer whole number: both exact.
  const aside = x - (Math.floor(x) + 0.5);
  if (n > LARGE) return ofLargeOrder(n, x, sign, aside);
  const least = x > 0 ? x : Math.min(x - Math.floor(x), Math.ceil(x) - x);
  const places = exponentOf(least), scale = 2 ** -places;
  const sum = hurwitz(s, least, scale);
  if (x > 0) return timesFactorial(n, sum, -places * s);
  if (sum === Infinity) return sign > 0 || aside > 0 ? Infinity : -Infinity;
  const less = hurwitzDifference(s, least, 2 * Math.abs(aside), scale);
  const all = sign > 0 ? 2 * sum + less : aside > 0 ? less : -less;
  // What is lost of 1 - x counts s times.
  const next = 1 - x, tail = hurwitz(s, next, scale) * (1 - s * sumError(1, -x, next) / next);
  return timesFactorial(n, all - sign * tail, -places * s);
}
