/** Activations whose formulas in other functions would lose digits, and the normal distribution. */
import * as special from "../special_activation.ts";
import type { Later, UnaryBuilder } from "../scalar.ts";
import { ERFC_P, ERFC_Q, ERFINV_TAIL_P, ERFINV_TAIL_Q } from "../special.ts";
import { constant, type Expr } from "../expr.ts";
import {
  abs,
  add,
  clamp,
  copysign,
  div,
  minimum,
  mul,
  neg,
  reciprocal,
  round,
  sqrt,
  square,
  sub,
} from "./arithmetic.ts";
import { eq, gt, lt, select } from "./logic.ts";
import { smooth } from "./smooth.ts";
import { erfc, erfinv, exp, log, sigmoid, softplus, tanh } from "./transcendental.ts";

/** The density of the standard normal distribution, e^(-x²/2)/√(2π). */
export const normalDensity: UnaryBuilder = smooth("normalDensity", (y, x) => neg(mul(x, y)));

/** The standard normal distribution function Φ. */
export const normalCdf: UnaryBuilder = smooth("normalCdf", (_y, x) => normalDensity(x));

/** The inverse of the standard normal distribution function. */
export const normalQuantile: UnaryBuilder = smooth(
  "normalQuantile",
  (y, p) => quantileSlope(minimum(p, sub(1, p)), neg(abs(y))),
);

// 1/φ(y), by what Φ(y) is off p, since a rounding of y changes it by y² times as much. What stands for a rounding has no
// slope of its own: derivatives are those of 1/φ, whose parts would else overflow against each other.
function quantileSlope(p: Expr, y: Expr): Expr {
  const density = normalDensity(y), off = withoutSlope(div(mul(y, sub(normalCdf(y), p)), density));
  return select(eq(p, 0), Infinity, mul(reciprocal(density), reciprocal(add(1, off))));
}

// The same number but for what is below 2^-100, since those from 2^53 on are whole.
function withoutSlope(x: Expr): Expr {
  return mul(round(mul(x, 2 ** 100)), 2 ** -100);
}

function polynomial(x: Expr, coefficients: Float64Array): Expr {
  return coefficients.reduceRight<Expr>((sum, c) => add(mul(sum, x), c), constant(0));
}

// A step of Newton's on log erfc, which is to be -r².
function refined(z: Expr, r: Expr): Expr {
  const t = reciprocal(z), factor = add(0.5, div(polynomial(t, ERFC_P), polynomial(t, ERFC_Q)));
  const left = add(mul(sub(r, z), add(r, z)), log(mul(factor, t)));
  return add(z, mul(mul(left, mul(factor, t)), Math.sqrt(Math.PI) / 2));
}

function quantile(p: Expr): Expr {
  const small = minimum(p, sub(1, p)), r = sqrt(neg(log(mul(2, small))));
  const near = sub(r, div(polynomial(r, ERFINV_TAIL_P), polynomial(r, ERFINV_TAIL_Q)));
  const tail = select(gt(r, 6), refined(refined(near, r), r), near);
  const either = select(eq(small, 0), Infinity, tail), middle = erfinv(sub(mul(2, p), 1));
  return mul(Math.SQRT2, select(lt(small, 0.125), copysign(either, sub(p, 0.5)), middle));
}

export const gelu: UnaryBuilder = smooth("gelu", (_y, x) => add(normalCdf(x), mul(x, normalDensity(x))));

// (1 + tanh(u))/2 is sigmoid(2u), which loses no digits below 0.
const BEND = 2 * Math.sqrt(2 / Math.PI), CUBIC = 0.044715;

function bend(x: Expr): Expr {
  return mul(BEND, add(x, mul(CUBIC, mul(square(x), x))));
}

function bendSlope(x: Expr): Expr {
  return mul(BEND, add(1, mul(3 * CUBIC, square(x))));
}

// Beyond, the sigmoid is 0 or 1 in every dtype, and the powers may overflow.
const LARGE = 64;

export const geluTanh: UnaryBuilder = smooth("geluTanh", (_y, x) => {
  const near = clamp(x, -LARGE, LARGE), s = sigmoid(bend(near));
  return add(s, mul(mul(x, mul(s, sub(1, s))), bendSlope(near)));
});

export const silu: UnaryBuilder = smooth("silu", (_y, x) => {
  const s = sigmoid(x);
  return add(s, mul(x, mul(s, sub(1, s))));
});

export const mish: UnaryBuilder = smooth("mish", (_y, x) => {
  const t = tanh(softplus(x));
  return add(t, mul(x, mul(sub(1, square(t)), sigmoid(x))));
});

export const tanhshrink: UnaryBuilder = smooth("tanhshrink", (_y, x) => square(tanh(x)));

/** Their code in double precision, and how they are computed where they are not known. */
export const later: Later = {
  normalDensity: {
    evaluate: special.normalDensity,
    expand: (x) => mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(x)))),
  },
  normalCdf: { evaluate: special.normalCdf, expand: (x) => mul(0.5, erfc(mul(-Math.SQRT1_2, x))) },
  normalQuantile: { evaluate: special.normalQuantile, expand: quantile },
  gelu: { evaluate: special.gelu, expand: (x) => mul(x, normalCdf(x)) },
  geluTanh: { evaluate: special.geluTanh, expand: (x) => mul(x, sigmoid(bend(x))) },
  silu: { evaluate: special.silu, expand: (x) => mul(x, sigmoid(x)) },
  mish: { evaluate: special.mish, expand: (x) => mul(x, tanh(softplus(x))) },
  tanhshrink: { evaluate: special.tanhshrink, expand: (x) => sub(x, tanh(x)) },
};
