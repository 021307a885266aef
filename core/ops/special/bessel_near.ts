/** Values of Bessel functions next to their zeros, where what they are computed of elsewhere cancels. */
import { constant, type Expr } from "../../expr/expr.ts";
import { productError } from "../../expr/compensated.ts";
import { inverse, type Pair, plus, times } from "../../expr/pairs.ts";
import { type BinaryBuilder, part } from "../../expr/scalar.ts";
import { abs, add, div, mul, sub } from "../../expr/scalars/arithmetic.ts";
import { lt, select } from "../../expr/scalars/logic.ts";
import type { Zeros } from "./bessel_zeros.ts";

/** π/4, in three parts. */
const QUARTER = [0.7853981633974483, 3.061616997868383e-17, -7.486924524295849e-34] as const;

/** Below so much of what they swing within values are computed from a zero, which is not farther than that. */
const LOW = 0.3, NEAR = 0.45;

/** Below so much of that the digits of a zero count that f64 does not have. */
const CLOSE = 1e-3;

/** Beyond, neighbours among the numbers of f64 are too far apart for zeros to be next to any. */
const FAR = 1e15;

// x less zero k, beyond those that are known: less β, what that lacks, and the rest of the expansion, which cancel.
function apartFrom(x: number, n: number, series: readonly number[]): number {
  const high = n * QUARTER[0], lack = productError(n, QUARTER[0], high);
  const rest = plus(times([n, 0], [QUARTER[1], QUARTER[2]]), [lack, 0]);
  const at: Pair = [high, rest[0]], u = inverse(times(at, at));
  let sum: Pair = [0, 0];
  for (let i = series.length - 2; i > 0; i -= 2) sum = times(plus(sum, [series[i], series[i + 1]]), u);
  const [more, less] = times(at, sum);
  const [apart, low] = plus(plus([x - high, 0], [-more, -less]), [-rest[0], -rest[1]]);
  return apart + low;
}

// The same where it is a thousandth at least, so that f64 has the rest of the expansion as exactly as is of matter.
function farApart(x: number, n: number, series: readonly number[]): number {
  const high = n * QUARTER[0],
    rest = productError(n, QUARTER[0], high) + n * QUARTER[1],
    u = 1 / (high * high);
  let sum = 0;
  for (let i = series.length - 2; i > 0; i -= 2) sum = (sum + series[i]) * u;
  return x - high - high * sum - rest;
}

// The slope at zero k, or the value; signs take turns.
function heightOf(k: number, z: number, { first, heights }: Zeros): number {
  const known = first.length / 3;
  if (k <= known) return first[3 * k - 1];
  const u = 1 / (z * z),
    height = heights.reduceRight((sum, c) => sum * u + c, 0) * Math.sqrt(2 / (Math.PI * z));
  return (k - known) % 2 === 0
    ? Math.sign(first[3 * known - 1]) * height
    : -Math.sign(first[3 * known - 1]) * height;
}

/** Σ a[n] d^n of a solution of Bessel's equation about z, or its slope, by the recurrence of a[n]: x²y″ + xy′ + (x² - ν²)y = 0. */
function taylor(z: number, d: number, height: number, { order, isSlope }: Zeros): number {
  let [a, b, c, e] = isSlope ? [0, 0, height, 0] : [0, 0, 0, height];
  let sum = isSlope ? 0 : height * d, power = isSlope ? 1 : d;
  for (let n = 0; n < 60; n++) {
    const next = -(z * (n + 1) * (2 * n + 1) * e + (n * n + z * z - order) * c + 2 * z * b + a) /
      (z * z * (n + 2) * (n + 1));
    [a, b, c, e] = [b, c, e, next];
    power *= d;
    const term = isSlope ? (n + 2) * next * power : next * power;
    sum += term;
    if (n > 2 && Math.abs(term) < 1e-18 * Math.abs(sum)) break;
  }
  return sum;
}

// Of x, at which another formula gives a value.
function nearZero(x: number, value: number, zeros: Zeros): number {
  const { first, quarters, series } = zeros, share = Math.abs(value) / Math.sqrt(2 / (Math.PI * x));
  if (!(share < LOW) || x > FAR) return value;
  const k = Math.max(1, Math.round(x / Math.PI - quarters / 4)), at = 3 * k - 3, n = 4 * k + quarters;
  const known = at < first.length ? x - first[at] - first[at + 1] : null;
  const apart = known ?? (share > CLOSE ? farApart : apartFrom)(x, n, series), z = x - apart;
  return Math.abs(apart) < NEAR ? taylor(z, apart, heightOf(k, z, zeros), zeros) : value;
}

/** How many zeros are told where there is no f64, how near x is to one there, and up to which power of that terms matter. */
const SINGLES = 8, NEAR_SINGLE = 0.3, LAST_POWER = 8;

/** What is said of the zero that x is next to. */
interface Place {
  readonly high: Expr;
  readonly low: Expr;
  readonly height: Expr;
}

// Of the first zeros: numbers of f32, and what they lack in such.
function placeOf(x: Expr, { first }: Zeros): Place {
  let place: Place = { high: constant(-1), low: constant(0), height: constant(0) };
  for (let k = 0; k < SINGLES; k++) {
    const [zero, lack, slope] = first.slice(3 * k, 3 * k + 3), high = Math.fround(zero);
    const isNear = lt(abs(sub(x, high)), NEAR_SINGLE);
    place = {
      high: select(isNear, high, place.high),
      low: select(isNear, Math.fround(zero - high + lack), place.low),
      height: select(isNear, Math.fround(slope), place.height),
    };
  }
  return place;
}

function nearSingle(x: Expr, value: Expr, zeros: Zeros): Expr {
  const { order, isSlope } = zeros, { high: z, low, height } = placeOf(x, zeros);
  const d = sub(sub(x, z), low), none: Expr = constant(0), squared = mul(z, z);
  let terms: Expr[] = isSlope ? [none, none, height, none] : [none, none, none, height];
  let sum: Expr = isSlope ? none : mul(height, d), power: Expr = isSlope ? constant(1) : d;
  for (let n = 0; n + 2 <= LAST_POWER; n++) {
    const [a, b, c, e] = terms, middle = mul(add(squared, n * n - order), c);
    const all = add(add(mul(mul(z, (n + 1) * (2 * n + 1)), e), middle), add(mul(mul(2, z), b), a));
    const next = div(all, mul(squared, -(n + 2) * (n + 1)));
    terms = [b, c, e, next];
    power = mul(power, d);
    sum = add(sum, mul(isSlope ? mul(n + 2, next) : next, power));
  }
  return select(lt(z, 0), value, sum);
}

/** The value at x >= 0, by zeros where another formula's is small. */
export function besidesZeros(name: string, zeros: Zeros): BinaryBuilder {
  return part(`special_${name}Near`, [null, null], {
    result: "float",
    evaluate: (x, value) => nearZero(x, value, zeros),
    expandSingle: (x, value) => nearSingle(x, value, zeros),
  });
}
