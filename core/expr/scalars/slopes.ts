/**
 * Slopes of inverse functions, as functions of their own: written with `1 - x²` or `1 + x²` they would cancel near 1 or
 * overflow, and their own derivatives, by way of the value, do neither.
 */
import type { Expr } from "../expr.ts";
import { type Later, part, type UnaryBuilder } from "../scalar.ts";
import { abs, add, mul, reciprocal, rsqrt, square, sub } from "./arithmetic.ts";
import { gt, select } from "./logic.ts";

// Beyond it 1 is lost in x² in every dtype, and f32 still holds the square.
const LARGE = 1e9;

function slope(
  name: string,
  derivative: (y: Expr, x: Expr) => Expr,
  evaluate: (x: number) => number,
): UnaryBuilder {
  return part(name, [(ct, y, x) => mul(ct, derivative(y, x))], { result: "float", evaluate });
}

/** 1/√(1 - x²). */
export const asinSlope: UnaryBuilder = slope(
  "asinSlope",
  (y, x) => mul(mul(x, y), mul(y, y)),
  (x) => 1 / Math.sqrt((1 - x) * (1 + x)),
);

/** 1/(1 + x²). */
export const atanSlope: UnaryBuilder = slope(
  "atanSlope",
  (y, x) => mul(-2, mul(mul(x, y), y)),
  (x) => Math.abs(x) > LARGE ? 1 / x / x : 1 / (1 + x * x),
);

/** 1/√(1 + x²). */
export const asinhSlope: UnaryBuilder = slope(
  "asinhSlope",
  (y, x) => mul(mul(-1, mul(x, y)), mul(y, y)),
  (x) => Math.abs(x) > LARGE ? 1 / Math.abs(x) : 1 / Math.sqrt(1 + x * x),
);

/** 1/√(x² - 1), below -1 too, as in PyTorch. */
export const acoshSlope: UnaryBuilder = slope(
  "acoshSlope",
  (y, x) => mul(mul(-1, mul(x, y)), mul(y, y)),
  (x) => {
    const size = Math.abs(x);
    return size > LARGE ? 1 / size : 1 / Math.sqrt((size - 1) * (size + 1));
  },
);

/** 1/(1 - x²). */
export const atanhSlope: UnaryBuilder = slope(
  "atanhSlope",
  (y, x) => mul(2, mul(mul(x, y), y)),
  (x) => Math.abs(x) > LARGE ? -1 / x / x : 1 / ((1 - x) * (1 + x)),
);

function unlessLarge(x: Expr, otherwise: Expr): Expr {
  return select(gt(abs(x), LARGE), reciprocal(abs(x)), otherwise);
}

/** How they are computed where they are not known. */
export const later: Later = {
  asinSlope: { expand: (x) => rsqrt(mul(sub(1, x), add(1, x))) },
  atanSlope: { expand: (x) => reciprocal(add(1, square(x))) },
  asinhSlope: { expand: (x) => unlessLarge(x, rsqrt(add(1, square(x)))) },
  acoshSlope: { expand: (x) => unlessLarge(x, rsqrt(mul(sub(abs(x), 1), add(abs(x), 1)))) },
  atanhSlope: { expand: (x) => reciprocal(mul(sub(1, x), add(1, x))) },
};
