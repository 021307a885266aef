/** Sine, cosine and tangent. */
import type { Expr } from "../expr.ts";
import { abs, add, mul, square, sub } from "../scalars/arithmetic.ts";
import { ge, select } from "../scalars/logic.ts";
import type { UnaryBuilder } from "../scalar.ts";
import { mulAdd, part, rarely } from "./parts.ts";
import {
  type Approximation,
  type ByDtype,
  byDtype,
  polynomial,
  type Precision,
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

/** The sine where the argument is large, which has no approximation. */
export const sinFar: UnaryBuilder = /* @__PURE__ */ part("__sinFar", {
  vjp: [null],
  result: "float",
  evaluate: Math.sin,
});
export const cosFar: UnaryBuilder = /* @__PURE__ */ part("__cosFar", {
  vjp: [null],
  result: "float",
  evaluate: Math.cos,
});

const trigonometricSingle: Trigonometric = {
  precision: single,
  most: 12800,
  parts: [1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12],
  sine: [0.16666654, -0.008332143, 0.00019514644],
  cosine: [0.041666646, -0.001388731, 2.4432327e-05],
};

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

/** sin and cos. */
export const trigonometric: ByDtype = /* @__PURE__ */ byDtype({ f32: trigonometricSingle }, (by) => ({
  sin: shiftedSine(by, 0, sinFar),
  cos: shiftedSine(by, 1, cosFar),
}));
