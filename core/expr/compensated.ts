/** What one rounding to f64 leaves out, exactly, where nothing overflows: Dekker (1971), Knuth. */

// 2^27 + 1: a product with it parts the 53 bits of a number into 26 and 27.
const PARTING = 134217729;

/** a b - product, where `product` is a b rounded. NaN above 2^996. */
export function productError(a: number, b: number, product: number): number {
  const s = PARTING * a, t = PARTING * b;
  const aHigh = s - (s - a), bHigh = t - (t - b), aLow = a - aHigh, bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** a + b - sum, where `sum` is a + b rounded. */
export function sumError(a: number, b: number, sum: number): number {
  const part = sum - a;
  return a - (sum - part) + (b - part);
}
