/** Numbers taken apart: their bits, exponents and neighbours, and sums that remember that they were rounded. */
import { productError, sumError } from "./compensated.ts";

// Marked for bundlers, so that programs which need none of them have none of them.
const double = /* @__PURE__ */ new Float64Array(1),
  wide = /* @__PURE__ */ bigIntegersOf(double),
  half = /* @__PURE__ */ integersOf(double),
  single = /* @__PURE__ */ new Float32Array(1),
  word = /* @__PURE__ */ integersOf(single);
const HIGH = /* @__PURE__ */ highHalf();

function bigIntegersOf({ buffer }: Float64Array): BigInt64Array {
  return new BigInt64Array(buffer);
}

function integersOf({ buffer }: Float64Array | Float32Array): Int32Array {
  return new Int32Array(buffer);
}

// Which half of a double has its exponent depends on the machine.
function highHalf(): 0 | 1 {
  double[0] = 1;
  return half[1] === 0 ? 0 : 1;
}

/** The bits of a number in single precision, as an i32. */
export function bitsOf(x: number): number {
  single[0] = x;
  return word[0];
}

/** The number in single precision that has the bits of an integer. */
export function ofBits(bits: number): number {
  word[0] = bits;
  return single[0];
}

/** The e for which |x| is in 2^e [1, 2); of 0 it is -∞, of an infinity ∞. */
export function exponent(x: number): number {
  if (x === 0) return -Infinity;
  if (!Number.isFinite(x)) return Math.abs(x);
  double[0] = x;
  const biased = (half[HIGH] >>> 20) & 0x7ff;
  return biased === 0 ? exponent(x * 2 ** 54) - 54 : biased - 1023;
}

/** x 2^n, rounded once; of `n` the integer part counts. */
export function scaled(x: number, n: number): number {
  let left = Math.max(-4000, Math.min(4000, Math.trunc(n))), result = x;
  for (; left > 1023; left -= 1023) result *= 2 ** 1023;
  // Steps that leave more bits than a product has, so that but the last rounds.
  for (; left < -1022; left += 969) result *= 2 ** -969;
  return result * 2 ** left;
}

/** The f64 next to `x` towards `y`. */
export function nextDouble(x: number, y: number): number {
  if (x !== x || y !== y) return NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  double[0] = x;
  wide[0] += y > x === x > 0 ? 1n : -1n;
  return double[0];
}

/** The f32 next to `x` towards `y`, both f32. */
export function nextSingle(x: number, y: number): number {
  if (x !== x || y !== y) return NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? 2 ** -149 : -(2 ** -149);
  single[0] = x;
  word[0] += y > x === x > 0 ? 1 : -1;
  return single[0];
}

/** a + b, rounded to the neighbour whose last bit is 1 where it is not exact: rounding again then rounds once. */
function oddSum(a: number, b: number): number {
  const sum = a + b, error = sumError(a, b, sum);
  if (!Number.isFinite(sum) || error === 0) return sum;
  double[0] = sum;
  if ((wide[0] & 1n) === 0n) wide[0] += error > 0 === sum > 0 ? 1n : -1n;
  return double[0];
}

/** a b + c in single precision, rounded once. */
export function fusedSingle(a: number, b: number, c: number): number {
  // The product of two f32 is exact.
  return Math.fround(oddSum(Math.fround(a) * Math.fround(b), Math.fround(c)));
}

const LEAST = 2 ** -900, MOST = 2 ** 900;

/**
 * a b + c in double precision, rounded once (Boldo and Melquiond, 2008) where |a|, |b|, |c| and |a b| are 0 or between
 * 2^-900 and 2^900; beyond, the product is rounded too.
 */
export function fusedDouble(a: number, b: number, c: number): number {
  const product = a * b;
  if (![a, b, c, product].every((x) => Math.abs(x) > LEAST && Math.abs(x) < MOST)) return product + c;
  const rest = productError(a, b, product);
  const low = c + rest, lowest = sumError(c, rest, low);
  const high = product + low;
  return high + oddSum(sumError(product, low, high), lowest);
}
