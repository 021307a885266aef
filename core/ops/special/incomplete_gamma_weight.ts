/** What both incomplete gamma functions are multiples of, on one f64 each, its exponent in two parts. */
import { productError, sumError } from "../../expr/compensated.ts";

/** A number as what is rounded and the rest. */
export interface TwoParts {
  readonly high: number;
  readonly low: number;
}

// log 2, and what f64 leaves out of it.
const LN2_LOW = 2.3190468138462996e-17;

function product(a: number, b: number): TwoParts {
  const high = a * b;
  return { high, low: productError(a, b, high) };
}

function sumOf(parts: readonly TwoParts[]): TwoParts {
  let high = 0, low = 0;
  for (const part of parts) {
    const sum = high + part.high;
    low += sumError(high, part.high, sum) + part.low;
    high = sum;
  }
  return { high: high + low, low: sumError(high, low, high + low) };
}

/** `a·log(x/a) + a - x`, at most 0, for a > 0. */
export function exponentOf(a: number, x: number): TwoParts {
  const places = Math.round(Math.log2(x / a)), b = a * 2 ** places;
  // x = b·(1 + v) and log(1 + v) = v - s·v + 2s³·(1/3 + s²/5 + …) for s = v/(2 + v).
  const d = x - b,
    dLow = sumError(x, -b, d),
    v = d / b,
    vLow = (d - v * b - productError(v, b, v * b) + dLow) / b;
  const below = 2 + v, belowLow = sumError(2, v, below) + vLow, s = v / below;
  const sLow = (v - s * below - productError(s, below, s * below) + vLow - s * belowLow) / below;
  const z = s * s, { high, low } = product(s, v), square = product(a, high);
  let rest = 0;
  for (let k = 43; k > 1; k -= 2) rest = rest * z + 1 / k;
  const parts: TwoParts[] = [
    { high: -square.high, low: -square.low - a * (low + sLow * v + s * vLow) },
    { high: 2 * a * s * z * rest, low: 0 },
  ];
  if (places === 0) return sumOf(parts);
  const ofTwo = product(a, places * Math.LN2), scale = 2 ** -places;
  const whole = x - a, wholeLow = sumError(x, -a, whole);
  return sumOf([
    {
      high: ofTwo.high,
      low: ofTwo.low + a * places * LN2_LOW + a * productError(places, Math.LN2, places * Math.LN2),
    },
    { high: d * scale, low: dLow * scale },
    { high: -whole, low: -wholeLow },
    ...parts,
  ]);
}

/** e to a power in two parts. */
export function powerOf({ high, low }: TwoParts): number {
  const value = Math.exp(high);
  return value + value * low;
}

/** The square root of a number in two parts, in as many. */
export function rootOf({ high, low }: TwoParts): TwoParts {
  const root = Math.sqrt(high);
  if (root === 0) return { high: 0, low: 0 };
  return { high: root, low: (high - root * root - productError(root, root, root * root) + low) / (2 * root) };
}
