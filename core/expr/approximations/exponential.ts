/**
 * Exponentials. The polynomials here and in the other files are minimax fits of our own on the interval stated: the
 * Remez exchange at 50 digits, rounded to the dtype and, in f32, bettered by steps of a unit in the last place.
 */
import type { Expr } from "../expr.ts";
import { abs, add, copysign, div, mul, neg, square, sub } from "../scalars/arithmetic.ts";
import { gt, lt, select } from "../scalars/logic.ts";
import { mulAdd, rarely } from "./parts.ts";
import {
  type Approximation,
  atLeast,
  atMost,
  type ByDtype,
  byDtype,
  polynomial,
  type Precision,
  single,
} from "./precision.ts";

/** What depends on the dtype. */
interface Exponential {
  readonly precision: Precision;
  /** log 2 as a number with few bits, whose products with exponents are exact, and the rest. */
  readonly high: number;
  readonly low: number;
  /** Where e^x is 0 below and infinite above. */
  readonly least: number;
  readonly most: number;
  /** Where e^x is not yet subnormal. */
  readonly small: number;
  /** (e^r - 1 - r)/r² for |r| ≤ log(2)/2. */
  readonly exp: readonly number[];
  /** Where e^x - 1 is -1 below. */
  readonly lowest: number;
  /** The same for log 3/4 ≤ r ≤ log 3/2, relative to e^r - 1. */
  readonly expm1: readonly number[];
  /** Where tanh is 1 above. */
  readonly steep: number;
  /** (tanh(x)/x - 1)/x² in x² for |x| ≤ 0.625. */
  readonly tanh: readonly number[];
}

const exponentialSingle: Exponential = {
  precision: single,
  high: 0.693145751953125,
  low: 1.428606765330187e-6,
  least: -104,
  most: 89,
  small: -87,
  exp: [0.49999994, 0.1666652, 0.041668337, 0.008368897, 0.0013814416],
  lowest: -18,
  expm1: [0.5, 0.1666667, 0.041666534, 0.008332036, 0.0013924869, 0.00020863449],
  steep: 10,
  tanh: [-0.3333328, 0.1333144, -0.05373976, 0.02063907, -0.0057049687],
};

/** r = x - n·log 2. */
function reduced({ high, low }: Exponential, x: Expr, n: Expr): Expr {
  return mulAdd(n, -low, mulAdd(n, -high, x));
}

/** e^r - 1 */
function fraction(r: Expr, coefficients: readonly number[]): Expr {
  return mulAdd(square(r), polynomial(r, coefficients), r);
}

/** e^x as 1 + `part` times 2^n in two factors. */
function split(by: Exponential, x: Expr): { part: Expr; lower: Expr; upper: Expr } {
  const { powerShift, powers } = by.precision, shifted = mulAdd(x, Math.LOG2E, powerShift);
  const [lower, upper] = powers(shifted);
  return { part: fraction(reduced(by, x, sub(shifted, powerShift)), by.exp), lower, upper };
}

// Of the two factors only the last product rounds to a subnormal number, or overflows.
function exponential(by: Exponential): Approximation {
  return (x) => {
    const { part, lower, upper } = split(by, atLeast(atMost(x, by.most), by.least));
    return mul(mul(add(part, 1), lower), upper);
  };
}

/** The shifted whole number next to x/log 2 for which e^r is from 3/4 to 3/2. */
function below({ precision }: Exponential, x: Expr): Expr {
  return add(mulAdd(x, Math.LOG2E, -0.085), precision.powerShift);
}

// 2^n (e^r - 1) + 2^n - 1, where e^r is from 3/4 to 3/2, so that the sum does not magnify what is rounded before it.
function exponentialLessOne(by: Exponential): Approximation {
  return (x) => {
    const bounded = atLeast(atMost(x, by.most), by.lowest);
    const shifted = below(by, bounded), [lower, upper] = by.precision.powers(shifted);
    const part = fraction(reduced(by, bounded, sub(shifted, by.precision.powerShift)), by.expm1);
    const value = mul(mulAdd(part, lower, sub(lower, by.precision.inverse(upper))), upper);
    return copysign(value, x);
  };
}

/** 1 - 2/(e^2x + 1), and x - x³·p(x²) where that would cancel. */
function hyperbolicTangent(by: Exponential): Approximation {
  return (x) => {
    const size = abs(x), twice = mul(2, atMost(size, by.steep)), { parityShift, power } = by.precision;
    const n = sub(mulAdd(twice, Math.LOG2E, parityShift), parityShift), scale = power(n);
    const more = mulAdd(fraction(reduced(by, twice, n), by.exp), scale, add(scale, 1));
    const z = square(size), near = mulAdd(polynomial(z, by.tanh), mul(z, size), size);
    return copysign(select(lt(size, 0.625), near, sub(1, div(2, more))), x);
  };
}

// m - m·d/(1 + d) for d = e^-|x| and m = d or 1, so that what is rounded in the quotient counts least where d is small.
function logistic(by: Exponential): Approximation {
  return (x) => {
    const { part, lower, upper } = split(by, atLeast(neg(abs(x)), by.least)), power = mul(lower, upper);
    const decay = mul(mul(add(part, 1), lower), upper), most = select(lt(x, 0), decay, 1);
    return mulAdd(neg(most), div(decay, mulAdd(part, power, add(power, 1))), most);
  };
}

// The same with x times m. Where e^x is subnormal, x comes first, and where that is all gone x·0, which may be NaN.
function silu(by: Exponential): Approximation {
  return (x) => {
    const none = by.least * 1.125, { part, lower, upper } = split(by, atLeast(neg(abs(x)), none));
    const power = mul(lower, upper), times = mul(x, power), more = mulAdd(part, power, add(power, 1));
    const most = select(lt(x, 0), mulAdd(part, times, times), x);
    const usual = mulAdd(neg(most), div(mulAdd(part, power, power), more), most);
    const small = select(lt(x, none), mul(x, 0), mul(mul(mulAdd(part, x, x), lower), upper));
    return rarely(gt(abs(x), -by.small), select(lt(x, 0), small, x), copysign(usual, x));
  };
}

/** exp, and what is made of e^x. */
export const exponentials: ByDtype = /* @__PURE__ */ byDtype({ f32: exponentialSingle }, (by) => ({
  exp: exponential(by),
  expm1: exponentialLessOne(by),
  tanh: hyperbolicTangent(by),
  sigmoid: logistic(by),
  silu: silu(by),
}));
