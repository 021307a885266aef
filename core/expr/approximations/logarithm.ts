/** Logarithms. */
import type { Expr } from "../expr.ts";
import type { Operand } from "../scalar.ts";
import { add, div, mul, neg, square, sub } from "../scalars/arithmetic.ts";
import { and, eq, gt, lt, not, or, select } from "../scalars/logic.ts";
import { mulAdd, rarely } from "./parts.ts";
import {
  type Approximation,
  type ByDtype,
  byDtype,
  double,
  polynomial,
  type Precision,
  replaced,
  single,
} from "./precision.ts";

/** What depends on the dtype. */
export interface Logarithm {
  readonly precision: Precision;
  /** log 2 as a number with few bits, and the rest. */
  readonly high: number;
  readonly low: number;
  /** The logarithm of 2 to base 10, in such parts. */
  readonly ten: readonly [number, number];
  /** The least normal number, and a power of two that makes subnormal numbers normal. */
  readonly least: number;
  readonly scale: number;
  /** log(1 + f) - f for √½ ≤ 1 + f ≤ √2, in two factors. */
  readonly rest: (f: Expr) => readonly [a: Expr, b: Expr];
}

// (log(1 + f) - f)/f².
const LOG = [
  -0.49999988,
  0.33333325,
  -0.25001583,
  0.20001976,
  -0.16609114,
  0.14181863,
  -0.13242967,
  0.12904374,
  -0.07621748,
];

// In f64 (2 artanh(s)/s - 2)/s² in s² for s = f/(2 + f): log(1 + f) is 2 artanh(s), and 2s = f - s·f.
const ARTANH = [
  0.6666666666666734,
  0.39999999999415703,
  0.28571428742186966,
  0.22222198591140663,
  0.18183563522047436,
  0.15314068008190002,
  0.14795804460415815,
];

const ARTANH_SHORT = [0.6666666564809902, 0.40000334694284256, 0.28537334997947017, 0.23581727747065653];

const logarithmSingle: Logarithm = {
  precision: single,
  high: 0.693145751953125,
  low: 1.428606765330187e-6,
  ten: [0.301025390625, 4.605039066518657e-6],
  least: 1.1754943508222875e-38,
  scale: 24,
  rest: (f) => [square(f), polynomial(f, LOG)],
};

export const logarithmDouble: Logarithm = {
  precision: double,
  high: 0.6931471805598903,
  low: 5.497923018708371e-14,
  ten: [0.30102999566395283, 2.8363394551044964e-14],
  least: 2.2250738585072014e-308,
  scale: 54,
  rest: (f) => byArtanh(f, ARTANH),
};

/** In f64, with the digits that f32 has and more. */
export const logarithmBetween: Logarithm = /* @__PURE__ */ replaced(logarithmDouble, {
  rest: (f) => byArtanh(f, ARTANH_SHORT),
});

function byArtanh(f: Expr, coefficients: readonly number[]): readonly [Expr, Expr] {
  const s = div(f, add(f, 2)), z = square(s);
  return [neg(s), sub(f, mul(z, polynomial(z, coefficients)))];
}

/** A logarithm from parts of 1 + f and 2^-k. */
type Join = (by: Logarithm, f: Expr, k: Expr) => Expr;

/** log(1 + f) - k·log 2. */
function ofParts({ high, low, rest: restOf }: Logarithm, f: Expr, k: Expr, rest: Operand = 0): Expr {
  const [a, b] = restOf(f), small = mulAdd(a, b, rest === 0 ? mul(k, -low) : mulAdd(k, -low, rest));
  return mulAdd(k, -high, add(f, small));
}

// To base 2, the part of f that is rounded least last.
function toBaseTwo({ rest }: Logarithm, f: Expr, k: Expr): Expr {
  const small = mul(...rest(f));
  return sub(add(f, mulAdd(small, Math.LOG2E, mul(f, Math.LOG2E - 1))), k);
}

function toBaseTen({ rest, ten }: Logarithm, f: Expr, k: Expr): Expr {
  const small = mulAdd(k, -ten[1], mul(mul(...rest(f)), Math.LOG10E));
  return mulAdd(k, -ten[0], mulAdd(f, 0.5, mulAdd(f, Math.LOG10E - 0.5, small)));
}

function ofNormal(by: Logarithm, join: Join, x: Expr, scaled = 0): Expr {
  const { nearOne, negatedBinade } = by.precision;
  return join(by, sub(nearOne(x), 1), add(negatedBinade(x), scaled));
}

export function logarithm(by: Logarithm, join: Join = ofParts): Approximation {
  const { least, scale } = by;
  return (x) => {
    const ofSmall = ofNormal(by, join, mul(x, 2 ** scale), scale);
    const edge = select(lt(x, least), select(eq(x, 0), -Infinity, select(gt(x, 0), ofSmall, NaN)), x);
    return rarely(or(lt(x, least), not(lt(x, Infinity))), edge, ofNormal(by, join, x));
  };
}

export function logarithmPlusOne(by: Logarithm): Approximation {
  const { nearOne, negatedBinade, negatedPower } = by.precision;
  return (x) => {
    const sum = add(x, 1), rest = sub(x, sub(sum, 1)), k = negatedBinade(sum);
    const near = neg(sub(1, nearOne(sum))), more = mul(rest, negatedPower(sum)), f = add(near, more);
    const edge = select(eq(x, -1), -Infinity, select(lt(x, -1), NaN, x));
    return rarely(not(and(gt(x, -1), lt(x, Infinity))), edge, ofParts(by, f, k, sub(more, sub(f, near))));
  };
}

/** log and log1p. */
export const logarithms: ByDtype = /* @__PURE__ */ byDtype(
  { f32: logarithmSingle, f64: logarithmDouble },
  (by) => ({
    log: logarithm(by),
    log2: logarithm(by, toBaseTwo),
    log10: logarithm(by, toBaseTen),
    log1p: logarithmPlusOne(by),
  }),
);
