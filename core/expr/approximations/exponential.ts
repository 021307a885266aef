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
  double,
  polynomial,
  type Precision,
  replaced,
  single,
} from "./precision.ts";

/** What depends on the dtype. */
export interface Exponential {
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
  /** (2^f - 1)/f for |f| ≤ 1/2. */
  readonly exp2: readonly number[];
  /** Where e^x - 1 is -1 below. */
  readonly lowest: number;
  /** The same for log 3/4 ≤ r ≤ log 3/2, relative to e^r - 1. */
  readonly expm1: readonly number[];
  /** Where tanh is 1 above. */
  readonly steep: number;
  /** (tanh(x)/x - 1)/x² in x² for |x| ≤ 0.625. */
  readonly tanh: readonly number[];
  /** (sinh(x)/x - 1)/x² in x² for |x| ≤ 1. */
  readonly sinh: readonly number[];
}

export const exponentialSingle: Exponential = {
  precision: single,
  high: 0.693145751953125,
  low: 1.428606765330187e-6,
  least: -104,
  most: 89,
  small: -87,
  exp: [0.49999994, 0.1666652, 0.041668337, 0.008368897, 0.0013814416],
  exp2: [0.6931472, 0.24022646, 0.055503447, 0.009618551, 0.0013398913, 0.00015353333],
  lowest: -18,
  expm1: [0.5, 0.1666667, 0.041666534, 0.008332036, 0.0013924869, 0.00020863449],
  steep: 10,
  tanh: [-0.3333328, 0.1333144, -0.05373976, 0.02063907, -0.0057049687],
  sinh: [0.16666667, 0.008333342, 0.00019836135, 2.8169527e-6],
};

export const exponentialDouble: Exponential = {
  precision: double,
  high: 0.6931471805598903,
  low: 5.497923018708371e-14,
  least: -746,
  most: 710,
  small: -707,
  exp: [
    0.5,
    0.16666666666666685,
    0.041666666666666075,
    0.008333333333316652,
    0.0013888888889120852,
    0.00019841269897349608,
    2.480158692013603e-5,
    2.755723387827629e-6,
    2.755758488563391e-7,
    2.5112385509740782e-8,
    2.0826336313189793e-9,
  ],
  exp2: [
    0.6931471805599453,
    0.24022650695910072,
    0.05550410866482169,
    0.00961812910762833,
    0.0013333558146392634,
    0.00015403530393641123,
    1.5252733854379322e-5,
    1.3215486594717721e-6,
    1.0178051914287722e-7,
    7.054974506717806e-9,
    4.456574995673725e-10,
    2.5625436452329955e-11,
  ],
  lowest: -38,
  expm1: [
    0.5,
    0.16666666666666666,
    0.04166666666666666,
    0.008333333333333548,
    0.0013888888888896555,
    0.00019841269840230812,
    2.4801587285834694e-5,
    2.755732149474128e-6,
    2.7557324412185415e-7,
    2.5049789832703775e-8,
    2.089195615359618e-9,
    1.696542960157308e-10,
  ],
  steep: 20,
  tanh: [
    -0.3333333333333333,
    0.13333333333333156,
    -0.05396825396812829,
    0.02186948853164682,
    -0.008863235434307101,
    0.00359212673057546,
    -0.001455822291736234,
    0.0005899492236370904,
    -0.00023877081519691357,
    9.575104777833952e-5,
    -3.662546075097159e-5,
    1.179451693583525e-5,
    -2.2717374712199515e-6,
  ],
  sinh: [
    0.16666666666666666,
    0.008333333333333333,
    0.000198412698412696,
    2.7557319224116297e-6,
    2.505210834650768e-8,
    1.6059050601417157e-10,
    7.646482886384781e-13,
    2.8482332369362594e-15,
  ],
};

/** In f64, with the digits that f32 has and more. */
export const exponentialBetween: Exponential = /* @__PURE__ */ replaced(exponentialDouble, {
  exp: [
    0.5000000068846726,
    0.16666665854633203,
    0.041666290678668706,
    0.00833349908089053,
    0.0013944980073742794,
    0.00019789986538424308,
  ],
});

/** r = x - n·log 2. */
export function reduced({ high, low }: Exponential, x: Expr, n: Expr): Expr {
  return mulAdd(n, -low, mulAdd(n, -high, x));
}

/** e^r - 1 */
export function fraction(r: Expr, coefficients: readonly number[]): Expr {
  return mulAdd(square(r), polynomial(r, coefficients), r);
}

/** e^x as 1 + `part` times 2^n in two factors. */
export function split(by: Exponential, x: Expr): { part: Expr; lower: Expr; upper: Expr } {
  const { powerShift, powers } = by.precision, shifted = mulAdd(x, Math.LOG2E, powerShift);
  const [lower, upper] = powers(shifted);
  return { part: fraction(reduced(by, x, sub(shifted, powerShift)), by.exp), lower, upper };
}

// Of the two factors only the last product rounds to a subnormal number, or overflows.
export function exponential(by: Exponential): Approximation {
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
export function logistic(by: Exponential): Approximation {
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

// 2^x = 2^(x - n)·2^n.
function powerOfTwo(by: Exponential): Approximation {
  const { powerShift, powers } = by.precision;
  return (x) => {
    const bounded = atLeast(atMost(x, by.most / Math.LN2), by.least / Math.LN2),
      shifted = add(bounded, powerShift);
    const [lower, upper] = powers(shifted), rest = sub(bounded, sub(shifted, powerShift));
    return mul(mul(mulAdd(polynomial(rest, by.exp2), rest, 1), lower), upper);
  };
}

/** e^|x|/2, and 1/4 of its inverse. */
function halves(by: Exponential, x: Expr): readonly [Expr, Expr] {
  const { part, lower, upper } = split(by, atMost(abs(x), by.most + 1));
  const half = mul(mul(add(part, 1), mul(0.5, lower)), upper);
  return [half, div(0.25, half)];
}

// (e^|x| - e^-|x|)/2, and x + x³·p(x²) where that would cancel.
function hyperbolicSine(by: Exponential): Approximation {
  return (x) => {
    const [more, less] = halves(by, x), z = square(x);
    const near = mulAdd(polynomial(z, by.sinh), mul(z, x), x);
    return copysign(select(lt(abs(x), 1), near, sub(more, less)), x);
  };
}

function hyperbolicCosine(by: Exponential): Approximation {
  return (x) => add(...halves(by, x));
}

/** exp, and what is made of e^x. */
export const exponentials: ByDtype = /* @__PURE__ */ byDtype({
  f32: exponentialSingle,
  f64: exponentialDouble,
}, (by) => ({
  exp: exponential(by),
  exp2: powerOfTwo(by),
  expm1: exponentialLessOne(by),
  sinh: hyperbolicSine(by),
  cosh: hyperbolicCosine(by),
  tanh: hyperbolicTangent(by),
  sigmoid: logistic(by),
  silu: silu(by),
}));
