/** Sine, cosine and tangent. */
import type { Expr } from "../expr.ts";
import { abs, add, div, mul, neg, square, sub } from "../scalars/arithmetic.ts";
import { ge, select } from "../scalars/logic.ts";
import type { UnaryBuilder } from "../scalar.ts";
import { mulAdd, part, rarely } from "./parts.ts";
import {
  type Approximation,
  type ByDtype,
  byDtype,
  double,
  inDouble,
  polynomial,
  type Precision,
  replaced,
  single,
} from "./precision.ts";

interface Trigonometric {
  readonly precision: Precision;
  /** Where multiples of the parts of π/2 are exact. */
  readonly most: number;
  /** π/2 in parts, all but the last of few bits. */
  readonly parts: readonly number[];
  /** (1 - sin(r)/r)/r² in r² for |r| ≤ π/4. */
  readonly sine: readonly number[];
  /** (cos(r) - 1 + r²/2)/r⁴ in r² for |r| ≤ π/4. */
  readonly cosine: readonly number[];
}

// Where the argument is large there are no approximations.
function far(name: string, evaluate: (x: number) => number): UnaryBuilder {
  return part(`__${name}Far`, { vjp: [null], result: "float", evaluate });
}

const sinFar = /* @__PURE__ */ far("sin", Math.sin);
const cosFar = /* @__PURE__ */ far("cos", Math.cos);
const tanFar = /* @__PURE__ */ far("tan", Math.tan);

const trigonometricSingle: Trigonometric = {
  precision: single,
  most: 12800,
  parts: [1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12],
  sine: [0.16666654, -0.008332143, 0.00019514644],
  cosine: [0.041666646, -0.001388731, 2.4432327e-05],
};

const trigonometricDouble: Trigonometric = {
  precision: double,
  most: 1.6e6,
  parts: [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21],
  sine: [
    0.16666666666666666,
    -0.008333333333333323,
    0.0001984126984125465,
    -2.7557319213984695e-6,
    2.5052104862064387e-8,
    -1.605836041881668e-10,
    7.578402186598648e-13,
  ],
  cosine: [
    0.041666666666666595,
    -0.0013888888888872895,
    2.480158728874838e-5,
    -2.7557314148676917e-7,
    2.0875696579495394e-9,
    -1.1358310818763595e-11,
  ],
};

/** In f64, with the digits that f32 has and more. */
const trigonometricBetween: Trigonometric = /* @__PURE__ */ replaced(trigonometricDouble, {
  sine: [0.166666666405913, -0.008333329280808831, 0.0001983930447736566, -2.7180468529817796e-6],
  cosine: [0.04166664554891236, -0.001388730963851665, 2.4432390349245775e-5],
});

/** x - n·π/2 but for the last part of the product, which is too small to be rounded by itself, and that. */
function reduced({ parts }: Trigonometric, x: Expr, n: Expr): readonly [r: Expr, rest: Expr] {
  const last = parts.length - 1;
  return [parts.slice(0, last).reduce((r, part) => mulAdd(n, -part, r), x), mul(n, parts[last])];
}

function sineOf({ sine }: Trigonometric, r: Expr, rest: Expr, z: Expr): Expr {
  // What is subtracted is never -0, so that the sine of -0 is.
  return sub(r, mulAdd(mul(z, r), polynomial(z, sine), rest));
}

function cosineOf({ cosine }: Trigonometric, z: Expr): Expr {
  return polynomial(z, [1, -0.5, ...cosine]);
}

/** The sine of x + `quarters`·π/2. */
function shiftedSine(by: Trigonometric, quarters: number, far: UnaryBuilder): Approximation {
  const { parityShift, isOdd, negatedIfSecond } = by.precision;
  return (x) => {
    const nearest = mulAdd(x, 2 / Math.PI, parityShift), quarter = add(nearest, quarters);
    const [r, rest] = reduced(by, x, sub(nearest, parityShift)), z = square(r);
    const size = select(isOdd(quarter), cosineOf(by, z), sineOf(by, r, rest, z));
    return rarely(ge(abs(x), by.most), far(x), negatedIfSecond(size, quarter));
  };
}

function tangent(by: Trigonometric): Approximation {
  const { parityShift, isOdd } = by.precision;
  return (x) => {
    const nearest = mulAdd(x, 2 / Math.PI, parityShift), odd = isOdd(nearest);
    const [r, rest] = reduced(by, x, sub(nearest, parityShift)), z = square(r);
    const sine = sineOf(by, r, rest, z), cosine = cosineOf(by, z);
    const near = div(select(odd, cosine, sine), select(odd, neg(sine), cosine));
    return rarely(ge(abs(x), by.most), tanFar(x), near);
  };
}

/** sin, cos and tan. */
export const trigonometric: ByDtype = /* @__PURE__ */ byDtype({
  f32: trigonometricSingle,
  f64: trigonometricDouble,
}, (by) => ({
  sin: shiftedSine(by, 0, sinFar),
  cos: shiftedSine(by, 1, cosFar),
  tan: by.precision === single ? inDouble(tangent(trigonometricBetween)) : tangent(by),
}));
