/** The error function, its complement and inverse, and the normal distribution. */
import { constant, type Expr } from "../expr.ts";
import type { Operand } from "../scalar.ts";
import * as special from "../special.ts";
import { abs, add, copysign, div, mul, neg, sqrt, square, sub } from "../scalars/arithmetic.ts";
import { eq, gt, le, lt, select } from "../scalars/logic.ts";
import {
  type Exponential,
  exponentialBetween,
  exponentialDouble,
  exponentialSingle,
  split,
} from "./exponential.ts";
import { logarithm, logarithmDouble } from "./logarithm.ts";
import { mulAdd } from "./parts.ts";
import { atLeast, atMost, type ByDtype, inDouble, polynomial, rational } from "./precision.ts";

/** e^x·factor, the factor before what may be subnormal. */
function timesPower(by: Exponential, x: Expr, factor: Expr): Expr {
  const { part, lower, upper } = split(by, x);
  return mul(mul(mulAdd(part, factor, factor), lower), upper);
}

// erf(x)/x - 1 in x² for |x| ≤ 0.9, and -log(erfc(x)) in x from there to 4.
const ERF = [0.12837915, -0.37612522, 0.112821385, -0.026778879, 0.005011916, -0.0006090152];
const LOG_ERFC = [
  0.0001664987,
  1.127797,
  0.63697654,
  0.10411321,
  -0.022314958,
  0.0030654192,
  -0.0001982114,
];

function erfSingle(x: Expr): Expr {
  const size = abs(x), near = mulAdd(polynomial(square(x), ERF), x, x);
  const tail = timesPower(exponentialSingle, neg(polynomial(atMost(size, 4), LOG_ERFC)), constant(1));
  return copysign(select(lt(size, 0.9), near, sub(1, tail)), x);
}

// erfc(x)·e^(x²)/t in t = 1/(1 + 0.4·x) for 0 ≤ x ≤ 10.35.
const ERFCX = [
  0.22568508880662647,
  0.22545335178587622,
  0.20992350368528057,
  0.15811681009793582,
  0.16958349168358514,
  -0.03976582588683358,
  0.15528720299484294,
  -0.08110311824053484,
  -0.08541414639321082,
  0.08123283324498494,
  -0.01899919370528508,
];

/** erfc(|x|) with the digits that f32 has and more, in f64; from 28 on it is 0. */
function erfcBetween(x: Expr): Expr {
  const size = atMost(abs(x), 28), t = div(1, mulAdd(size, 0.4, 1));
  return timesPower(exponentialBetween, neg(square(size)), mul(t, polynomial(t, ERFCX)));
}

function complementBetween(x: Expr): Expr {
  const value = erfcBetween(x);
  return select(lt(x, 0), sub(2, value), value);
}

function normalCdfBetween(x: Expr): Expr {
  return mul(0.5, complementBetween(mul(-Math.SQRT1_2, x)));
}

const ROOT = 0.3989422804014327; // 1/√(2π)

function normalDensityBetween(x: Expr): Expr {
  return timesPower(exponentialBetween, mul(-0.5, square(atMost(abs(x), 40))), constant(ROOT));
}

/** What a·b leaves when it is rounded (Dekker), as productError() of numbers. */
export function productError(a: Operand, b: Operand, rounded: Expr): Expr {
  const [aHigh, aLow] = halvesOf(a), [bHigh, bLow] = halvesOf(b);
  const rest = sub(sub(sub(rounded, mul(aHigh, bHigh)), mul(aLow, bHigh)), mul(aHigh, bLow));
  return sub(mul(aLow, bLow), rest);
}

function halvesOf(x: Operand): readonly [high: Expr, low: Expr] {
  const scaled = mul(134217729, x), high = sub(scaled, sub(scaled, x));
  return [high, sub(x, high)];
}

/** e^(-x²·unit)·factor with x² as if it were not rounded, for units of 1 and 1/2. */
function bell(x: Expr, unit: 1 | 0.5, factor: Expr): Expr {
  const z = square(x), rest = productError(x, x, z);
  return timesPower(exponentialDouble, mul(-unit, z), sub(factor, mul(factor, mul(unit, rest))));
}

/** x·erfc(x)·e^(x²) from t = 1/x. */
function factorOf(t: Expr): Expr {
  return add(0.5, rational(t, special.ERFC_P, special.ERFC_Q));
}

/** erfc(|x|) for |x| ≥ 1. */
function tailOf(x: Expr): Expr {
  const size = atLeast(atMost(abs(x), 28), 1), t = div(1, size);
  return bell(size, 1, mul(factorOf(t), t));
}

function erfDouble(x: Expr): Expr {
  const size = abs(x), near = mulAdd(polynomial(square(x), special.ERF), x, x);
  return copysign(select(le(size, 1), near, sub(1, tailOf(x))), x);
}

// 2/√π·e^(-x²) in x², nearly.
const SLOPE = [1.128, -1.1, 0.46, -0.08];

/** erfc(x + low) for |x| ≤ 1: from 1/2 on, 1 - x is exact. */
function complementNear(x: Expr, low?: Expr): Expr {
  const z = square(x), exact = mul(x, polynomial(z, special.ERF));
  const rest = low ? mulAdd(low, polynomial(z, SLOPE), exact) : exact;
  return select(lt(x, 0.5), sub(1, add(x, rest)), sub(sub(1, x), rest));
}

function complementDouble(x: Expr): Expr {
  const tail = tailOf(x), far = select(lt(x, 0), sub(2, tail), tail);
  return select(gt(abs(x), 1), far, complementNear(x));
}

/** Φ(-|x|)·factor for |x| ≥ √2. */
function normalTail(x: Expr, factor: (t: Expr) => Expr): Expr {
  const size = atLeast(atMost(abs(x), 40), Math.SQRT2), t = div(Math.SQRT2, size);
  return bell(size, 0.5, mul(factor(t), factorOf(t)));
}

function normalCdfDouble(x: Expr): Expr {
  const tail = normalTail(x, (t) => mul(0.5, t)), far = select(lt(x, 0), tail, sub(1, tail));
  return select(gt(abs(x), Math.SQRT2), far, mul(0.5, centre(x)));
}

/** erfc(-x/√2), of a product that is as if it were not rounded: below 0 what is lost of it would be magnified. */
function centre(x: Expr): Expr {
  const product = mul(-Math.SQRT1_2, x),
    low = mulAdd(x, 4.833646656726457e-17, productError(-Math.SQRT1_2, x, product));
  return complementNear(product, low);
}

function geluDouble(x: Expr): Expr {
  const tail = normalTail(x, () => constant(-Math.SQRT1_2));
  // From -∞ it is NaN.
  const below = select(lt(x, -40), mul(x, 0), tail);
  return select(lt(x, -Math.SQRT2), below, mul(x, normalCdfDouble(x)));
}

function normalDensityDouble(x: Expr): Expr {
  return bell(atMost(abs(x), 40), 0.5, constant(ROOT));
}

const log = /* @__PURE__ */ logarithm(logarithmDouble);

function inverse(x: Expr): Expr {
  const size = abs(x), rest = sub(0.5625, square(x));
  const near = mul(x, add(1, rational(rest, special.ERFINV_P, special.ERFINV_Q)));
  const r = sqrt(neg(log(sub(1, size)))),
    tail = sub(r, rational(r, special.ERFINV_TAIL_P, special.ERFINV_TAIL_Q));
  const far = select(eq(size, 1), Infinity, tail);
  return select(le(size, 0.75), near, copysign(far, x));
}

/** erf, erfc, erfinv, and the normal distribution. */
export const errors: ByDtype = {
  f32: {
    erf: erfSingle,
    erfc: /* @__PURE__ */ inDouble(complementBetween),
    erfinv: /* @__PURE__ */ inDouble(inverse),
    normalDensity: /* @__PURE__ */ inDouble(normalDensityBetween),
    normalCdf: /* @__PURE__ */ inDouble(normalCdfBetween),
    gelu: /* @__PURE__ */ inDouble((x) => mul(x, normalCdfBetween(x))),
  },
  f64: {
    erf: erfDouble,
    erfc: complementDouble,
    erfinv: inverse,
    normalDensity: normalDensityDouble,
    normalCdf: normalCdfDouble,
    gelu: geluDouble,
  },
};
