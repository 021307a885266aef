/**
 * Sums that may cancel: log(e^a + e^b) and a + w (b - a), on one f64 each.
 *
 * @module
 */

import { productError, sumError } from "./compensated.ts";

/**
 * a + w (b - a), exactly a and b at weights 0 and 1: as if it were rounded once, but next to its zeros, where it has
 * half of the digits of a and b twice over.
 */
export function lerp(a: number, b: number, w: number): number {
  const across = b - a, part = w * across, sum = a + part;
  const rest = sumError(a, part, sum) + (productError(w, across, part) + w * sumError(b, -a, across));
  // NaN where a part is out of range; and zeros have the sign that they have from the nearer end.
  if (rest !== rest || (sum === 0 && rest === 0)) return w < 0.5 ? sum : b - across * (1 - w);
  return sum + rest;
}

/** log(e^a + e^b) without overflow, and with all digits next to its zeros. */
export function logaddexp(a: number, b: number): number {
  const most = Math.max(a, b), least = Math.min(a, b), apart = most - least;
  if (!(apart < Infinity)) return a === b ? a : most;
  const power = Math.exp(-apart), value = most + Math.log1p(power - power * sumError(most, -least, apart));
  return most < 0 && value > most / 4 && value < -most / 4 ? logOfSum(most, least) : value;
}

/** A number in two parts, of which the second is beyond the digits of the first. */
type Pair = readonly [high: number, low: number];

function sumOf([a, aLow]: Pair, [b, bLow]: Pair): Pair {
  const sum = a + b, rest = sumError(a, b, sum) + (aLow + bLow), high = sum + rest;
  return [high, rest - (high - sum)];
}

/** log(e^a + e^b) near 0, for -log 2 <= a < 0: log1p of (e^a - 1) + e^b. */
function logOfSum(a: number, b: number): number {
  const [high, low] = sumOf(sumOf([1, 0], expm1(b)), expm1(a));
  return Math.log1p(high) + low;
}

/** e^x - 1 for x <= 0, to twice the digits: from that of x 2^-n above -3/4, e^2y - 1 being (e^y - 1) (e^y - 1 + 2). */
function expm1(x: number): Pair {
  let halvings = 0, y = x;
  for (; y < -0.75; halvings++) y /= 2;
  let [high, low] = timesSeries(y);
  for (; halvings > 0; halvings--) {
    const next = 2 + high, nextLow = high - (next - 2) + low, product = high * next;
    low = productError(high, next, product) + (high * nextLow + low * next);
    high = product;
  }
  return [high, low];
}

/** x (1 + x/2 (1 + x/3 (1 + ...))). */
function timesSeries(x: number): Pair {
  let high = 1, low = 0, product = x;
  for (let n = 28; n > 1; n--) {
    const part = product / n, rest = (low - productError(part, n, product)) / n;
    high = 1 + part;
    low = part - (high - 1) + rest;
    product = high * x;
    low = productError(high, x, product) + low * x;
  }
  return [product, low];
}
