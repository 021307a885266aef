/** Activations whose formulas in other functions would lose digits, and the normal distribution. */
import * as special from "../special_activation.ts";
import { unary, type UnaryBuilder } from "../scalar.ts";
import { add, clamp, mul, neg, square, sub } from "./arithmetic.ts";
import { erfc, exp, sigmoid, softplus, tanh } from "./transcendental.ts";
import type { Expr } from "../expr.ts";

/** The density of the standard normal distribution, e^(-x²/2)/√(2π). */
export const normalDensity: UnaryBuilder = unary("normalDensity", (ct, y, x) => neg(mul(ct, mul(x, y))), {
  result: "float",
  evaluate: special.normalDensity,
  expand: (x) => mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(x)))),
});

/** The standard normal distribution function Φ. */
export const normalCdf: UnaryBuilder = unary("normalCdf", (ct, _y, x) => mul(ct, normalDensity(x)), {
  result: "float",
  evaluate: special.normalCdf,
  expand: (x) => mul(0.5, erfc(mul(-Math.SQRT1_2, x))),
});

export const gelu: UnaryBuilder = unary(
  "gelu",
  (ct, _y, x) => mul(ct, add(normalCdf(x), mul(x, normalDensity(x)))),
  { result: "float", evaluate: special.gelu, expand: (x) => mul(x, normalCdf(x)) },
);

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

export const geluTanh: UnaryBuilder = unary("geluTanh", (ct, _y, x) => {
  const near = clamp(x, -LARGE, LARGE), s = sigmoid(bend(near));
  return mul(ct, add(s, mul(mul(x, mul(s, sub(1, s))), bendSlope(near))));
}, { result: "float", evaluate: special.geluTanh, expand: (x) => mul(x, sigmoid(bend(x))) });

export const silu: UnaryBuilder = unary("silu", (ct, _y, x) => {
  const s = sigmoid(x);
  return mul(ct, add(s, mul(x, mul(s, sub(1, s)))));
}, { result: "float", evaluate: special.silu, expand: (x) => mul(x, sigmoid(x)) });

export const mish: UnaryBuilder = unary("mish", (ct, _y, x) => {
  const t = tanh(softplus(x));
  return mul(ct, add(t, mul(x, mul(sub(1, square(t)), sigmoid(x)))));
}, { result: "float", evaluate: special.mish, expand: (x) => mul(x, tanh(softplus(x))) });

export const tanhshrink: UnaryBuilder = unary("tanhshrink", (ct, _y, x) => mul(ct, square(tanh(x))), {
  result: "float",
  evaluate: special.tanhshrink,
  expand: (x) => sub(x, tanh(x)),
});
