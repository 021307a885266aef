/** Half precision (IEEE 754 binary16), which not every runtime has. */

/** The array of the runtime, where it has one. */
export function halfArray(): Float16ArrayConstructor | undefined {
  return (globalThis as { Float16Array?: Float16ArrayConstructor }).Float16Array;
}

/** The nearest number of half precision, the even one of two. */
export const roundToHalf: (x: number) => number = (Math as { f16round?: (x: number) => number }).f16round ??
  nearestHalf;

/** Beyond the middle between the largest number and the power of two above it. */
const OVERFLOW = 65520;
const SMALLEST_EXPONENT = -14;
const MANTISSA = 10;

/** {@link roundToHalf} where the language has no `Math.f16round`. */
export function nearestHalf(x: number): number {
  const size = Math.abs(x);
  if (!(size > 0 && size < Infinity)) return x;
  if (size >= OVERFLOW) return Math.sign(x) * Infinity;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(size)), SMALLEST_EXPONENT) - MANTISSA);
  // A double has no bits after the point from 2^52 on, and rounds to even.
  const count = size / unit + 2 ** 52 - 2 ** 52;
  return x < 0 ? -count * unit : count * unit;
}
