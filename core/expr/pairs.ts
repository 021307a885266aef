/** Arithmetic in twice the digits of f64: a number, and what it lacks. */
import { productError, sumError } from "./compensated.ts";

/** A number in two parts. */
export type Pair = readonly [high: number, low: number];

/** The product. */
export function times([a, aLow]: Pair, [b, bLow]: Pair): Pair {
  const product = a * b;
  return [product, productError(a, b, product) + (a * bLow + aLow * b)];
}

/** The sum. */
export function plus([a, aLow]: Pair, [b, bLow]: Pair): Pair {
  const sum = a + b;
  return [sum, sumError(a, b, sum) + (aLow + bLow)];
}

/** The quotient of a whole number or a half. */
export function over([a, aLow]: Pair, d: number): Pair {
  if (d === 1) return [a, aLow];
  const high = a / d, product = high * d;
  return [high, (a - product - productError(high, d, product) + aLow) / d];
}

/** 1 over the number. */
export function inverse(x: Pair): Pair {
  const high = 1 / x[0], [product, low] = times([high, 0], x);
  return [high, high * (1 - product - low)];
}
