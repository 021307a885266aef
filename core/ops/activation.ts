/** Activations, elementwise. */
import { e } from "../builder.ts";
import { defineElementwise, type TensorLike, type UnaryOp } from "../registry.ts";
import type { Tensor } from "../tensor.ts";

/** An activation with one parameter that has a default. */
export type ParametricOp = (x: TensorLike, parameter?: TensorLike) => Tensor;

/** An activation with two parameters that have defaults. */
export type RangeOp = (x: TensorLike, low?: TensorLike, high?: TensorLike) => Tensor;

/** 1/(1 + e⁻ˣ). */
export const sigmoid: UnaryOp = defineElementwise("sigmoid", (x) => e.sigmoid(x));

/** log sigmoid(x) = -log(1 + e⁻ˣ). */
export const logSigmoid: UnaryOp = defineElementwise("logSigmoid", (x) => e.neg(e.softplus(e.neg(x))));

/** log(1 + eˣ), without overflow. */
export const softplus: UnaryOp = defineElementwise("softplus", (x) => e.softplus(x));

// Written so that NaN passes and the gradient at 0 is 0.
/** max(x, 0); the gradient at 0 is 0. */
export const relu: UnaryOp = defineElementwise("relu", (x) => e.select(e.le(x, 0), 0, x));

/** x limited to 0 … 6; the gradient at both ends is 0. */
export const relu6: UnaryOp = defineElementwise(
  "relu6",
  (x) => e.select(e.le(x, 0), 0, e.select(e.ge(x, 6), 6, x)),
);

/** x above 0, slope·x at and below it; the slope is 0.01 unless given. */
export const leakyRelu: ParametricOp = defineElementwise(
  "leakyRelu",
  (x, slope) => e.select(e.gt(x, 0), x, e.mul(slope, x)),
  { defaults: [0.01] },
);

/** x above 0, α(eˣ - 1) at and below it; α is 1 unless given. */
export const elu: ParametricOp = defineElementwise(
  "elu",
  (x, alpha) => e.select(e.gt(x, 0), x, e.mul(alpha, e.expm1(x))),
  { defaults: [1] },
);

/** x above 0, α(e^(x/α) - 1) at and below it; α is 1 unless given. */
export const celu: ParametricOp = defineElementwise(
  "celu",
  (x, alpha) => e.select(e.gt(x, 0), x, e.mul(alpha, e.expm1(e.div(x, alpha)))),
  { defaults: [1] },
);

// Klambauer et al., "Self-Normalizing Neural Networks" (2017), equation 2.
const SELU_SCALE = 1.0507009873554805, SELU_ALPHA = 1.6732632423543772;

/** λx above 0, λα(eˣ - 1) at and below it, with the constants of Klambauer et al. (2017). */
export const selu: UnaryOp = defineElementwise(
  "selu",
  (x) => e.mul(SELU_SCALE, e.select(e.gt(x, 0), x, e.mul(SELU_ALPHA, e.expm1(x)))),
);

/** x·Φ(x), with Φ the normal distribution function. */
export const gelu: UnaryOp = defineElementwise(
  "gelu",
  (x) => e.mul(e.mul(0.5, x), e.erfc(e.mul(-Math.SQRT1_2, x))),
);

/** The approximation of gelu by tanh: x/2·(1 + tanh(√(2/π)(x + 0.044715x³))). */
export const geluTanh: UnaryOp = defineElementwise("geluTanh", (x) => {
  const inner = e.mul(Math.sqrt(2 / Math.PI), e.add(x, e.mul(0.044715, e.mul(e.mul(x, x), x))));
  return e.mul(e.mul(0.5, x), e.add(1, e.tanh(inner)));
});

/** x·sigmoid(x), also called swish. */
export const silu: UnaryOp = defineElementwise("silu", (x) => e.mul(x, e.sigmoid(x)));

/** x·tanh(softplus(x)). */
export const mish: UnaryOp = defineElementwise("mish", (x) => e.mul(x, e.tanh(e.softplus(x))));

// The gradient at the bounds is 0, unlike clamp's.
/** x limited to low … high (-1 … 1 unless given); the gradient at the bounds is 0. */
export const hardtanh: RangeOp = defineElementwise(
  "hardtanh",
  (x, low, high) => e.select(e.le(x, low), low, e.select(e.ge(x, high), high, x)),
  { defaults: [-1, 1] },
);

/** x/6 + ½ limited to 0 … 1; the gradient at the bounds is 0. */
export const hardsigmoid: UnaryOp = defineElementwise(
  "hardsigmoid",
  (x) => e.select(e.le(x, -3), 0, e.select(e.ge(x, 3), 1, e.add(e.div(x, 6), 0.5))),
);

/** x·relu6(x + 3)/6. */
export const hardswish: UnaryOp = defineElementwise(
  "hardswish",
  (x) => e.select(e.lt(x, -3), 0, e.select(e.le(x, 3), e.div(e.mul(x, e.add(x, 3)), 6), x)),
);

/** x/(1 + |x|). */
export const softsign: UnaryOp = defineElementwise("softsign", (x) => e.div(x, e.add(1, e.abs(x))));

/** x - tanh(x). */
export const tanhshrink: UnaryOp = defineElementwise("tanhshrink", (x) => e.sub(x, e.tanh(x)));

/** x outside -λ … λ, 0 inside; λ is ½ unless given. */
export const hardshrink: ParametricOp = defineElementwise(
  "hardshrink",
  (x, lambda) => e.select(e.and(e.ge(x, e.neg(lambda)), e.le(x, lambda)), 0, x),
  { defaults: [0.5] },
);

/** x moved by λ towards 0, and 0 inside -λ … λ; λ is ½ unless given. */
export const softshrink: ParametricOp = defineElementwise(
  "softshrink",
  (x, lambda) =>
    e.select(e.gt(x, lambda), e.sub(x, lambda), e.select(e.lt(x, e.neg(lambda)), e.add(x, lambda), 0)),
  { defaults: [0.5] },
);

/** start + weight·(end - start): from start at weight 0 to end at weight 1. */
export const lerp: (start: TensorLike, end: TensorLike, weight: TensorLike) => Tensor = defineElementwise(
  "lerp",
  (a, b, w) =>
    e.select(e.lt(w, 0.5), e.add(a, e.mul(w, e.sub(b, a))), e.sub(b, e.mul(e.sub(b, a), e.sub(1, w)))),
);
