/**
 * Slopes of inverse functions, as functions of their own: written with `1 - x²` or `1 + x²` they would cancel near 1 or
 * overflow, and their own derivatives, by way of the value, do neither.
 */
import type { Expr } from "../expr.ts";
import { unary, type UnaryBuilder } from "../scalar.ts";
import { abs, add, mul, reciprocal, rsqrt, square, sub } from "./arithmetic.ts";
import { gt, select } from "./logic.ts";

interface Slope {
  readonly evaluate: (x: number) => number;
  readonly expand: (x: Expr) => Expr;
  /** Its derivative, from its value and operand. */
  readonly derivative: (y: Expr, x: Expr) => Expr;
}

function slope(name: string, { evaluate, expand, derivative }: Slope): UnaryBuilder {
  return unary(name, (ct, y, x) => mul(ct, derivative(y, x)), { result: "float", evaluate, expand });
}

// Beyond it 1 is lost in x² in every dtype, and f32 still holds the square.
const LARGE = 1e9;

function unlessLarge(x: Expr, otherwise: Expr): Expr {
  return select(gt(abs(x), LARGE), reciprocal(abs(x)), otherwise);
}

/** 1/√(1 - x²). */
export const asinSlope: UnaryBuilder = slope("asinSlope", {
  evaluate: (x) => 1 / Math.sqrt((1 - x) * (1 + x)),
  expand: (x) => rsqrt(mul(sub(1, x), add(1, x))),
  derivative: (y, x) => mul(mul(x, y), mul(y, y)),
});

/** 1/(1 + x²). */
export const atanSlope: UnaryBuilder = slope("atanSlope", {
  evaluate: (x) => 1 / (1 + x * x),
  expand: (x) => reciprocal(add(1, square(x))),
  derivative: (y, x) => mul(-2, mul(mul(x, y), y)),
});

/** 1/√(1 + x²). */
export const asinhSlope: UnaryBuilder = slope("asinhSlope", {
  evaluate: (x) => Math.abs(x) > LARGE ? 1 / Math.abs(x) : 1 / Math.sqrt(1 + x * x),
  expand: (x) => unlessLarge(x, rsqrt(add(1, square(x)))),
  derivative: (y, x) => mul(mul(-1, mul(x, y)), mul(y, y)),
});

/** 1/√(x² - 1), below -1 too, as in PyTorch. */
export const acoshSlope: UnaryBuilder = slope("acoshSlope", {
  evaluate: (x) => {
    const size = Math.abs(x);
    return size > LARGE ? 1 / size : 1 / Math.sqrt((size - 1) * (size + 1));
  },
  expand: (x) => unlessLarge(x, rsqrt(mul(sub(abs(x), 1), add(abs(x), 1)))),
  derivative: (y, x) => mul(mul(-1, mul(x, y)), mul(y, y)),
});

/** 1/(1 - x²). */
export const atanhSlope: UnaryBuilder = slope("atanhSlope", {
  evaluate: (x) => 1 / ((1 - x) * (1 + x)),
  expand: (x) => reciprocal(mul(sub(1, x), add(1, x))),
  derivative: (y, x) => mul(2, mul(mul(x, y), y)),
});
