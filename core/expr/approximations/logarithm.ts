/** Logarithms. */
import type { Expr } from "../expr.ts";
import type { Operand } from "../scalar.ts";
import { add, mul, neg, square, sub } from "../scalars/arithmetic.ts";
import { and, eq, gt, lt, not, or, select } from "../scalars/logic.ts";
import { mulAdd, rarely } from "./parts.ts";
import {
  type Approximation,
  type ByDtype,
  byDtype,
  polynomial,
  type Precision,
  single,
} from "./precision.ts";

interface Logarithm {
  readonly precision: Precision;
  /** log 2 as a number with few bits, and the rest. */
  readonly high: number;
  readonly low: number;
  /** The least normal number, and a power of two that makes subnormal numbers normal. */
  readonly least: number;
  readonly scale: number;
  /** (log(1 + f) - f)/f² for √½ ≤ 1 + f ≤ √2. */
  readonly log: readonly number[];
}

const logarithmSingle: Logarithm = {
  precision: single,
  high: 0.693145751953125,
  low: 1.428606765330187e-6,
  least: 1.1754943508222875e-38,
  scale: 24,
  log: [
    -0.49999988,
    0.33333325,
    -0.25001583,
    0.20001976,
    -0.16609114,
    0.14181863,
    -0.13242967,
    0.12904374,
    -0.07621748,
  ],
};

/** log(1 + f) - k·log 2. */
function ofParts({ high, low, log }: Logarithm, f: Expr, k: Expr, rest: Operand = 0): Expr {
  const small = mulAdd(square(f), polynomial(f, log), rest === 0 ? mul(k, -low) : mulAdd(k, -low, rest));
  return mulAdd(k, -high, add(f, small));
}

function ofNormal(by: Logarithm, x: Expr, scaled = 0): Expr {
  const { nearOne, negatedBinade } = by.precision;
  return ofParts(by, sub(nearOne(x), 1), add(negatedBinade(x), scaled));
}

function logarithm(by: Logarithm): Approximation {
  const { least, scale } = by;
  return (x) => {
    const ofSmall = ofNormal(by, mul(x, 2 ** scale), scale);
    const edge = select(lt(x, least), select(gt(x, 0), ofSmall, select(eq(x, 0), -Infinity, NaN)), x);
    return rarely(or(lt(x, least), not(lt(x, Infinity))), edge, ofNormal(by, x));
  };
}

function logarithmPlusOne(by: Logarithm): Approximation {
  const { nearOne, negatedBinade, negatedPower } = by.precision;
  return (x) => {
    const sum = add(x, 1), rest = sub(x, sub(sum, 1)), k = negatedBinade(sum);
    const near = neg(sub(1, nearOne(sum))), more = mul(rest, negatedPower(sum)), f = add(near, more);
    const edge = select(eq(x, -1), -Infinity, select(lt(x, -1), NaN, x));
    return rarely(not(and(gt(x, -1), lt(x, Infinity))), edge, ofParts(by, f, k, sub(more, sub(f, near))));
  };
}

/** log and log1p. */
export const logarithms: ByDtype = /* @__PURE__ */ byDtype({ f32: logarithmSingle }, (by) => ({
  log: logarithm(by),
  log1p: logarithmPlusOne(by),
}));
