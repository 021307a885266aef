/** Exponential, trigonometric, hyperbolic and special functions, elementwise. */
import { e } from "../builder.ts";
import { type BinaryOp, defineElementwise, type UnaryOp } from "../registry.ts";

/** eˣ. */
export const exp: UnaryOp = defineElementwise("exp", (x) => e.exp(x));

/** 2ˣ. */
export const exp2: UnaryOp = defineElementwise("exp2", (x) => e.exp2(x));

/** eˣ - 1, exact near 0. */
export const expm1: UnaryOp = defineElementwise("expm1", (x) => e.expm1(x));

/** The natural logarithm; -Infinity at 0, NaN below. */
export const log: UnaryOp = defineElementwise("log", (x) => e.log(x));

/** log(1 + x), exact near 0. */
export const log1p: UnaryOp = defineElementwise("log1p", (x) => e.log1p(x));

/** The logarithm to base 2. */
export const log2: UnaryOp = defineElementwise("log2", (x) => e.log2(x));

/** The logarithm to base 10. */
export const log10: UnaryOp = defineElementwise("log10", (x) => e.log10(x));

/** Sine of an angle in radians. */
export const sin: UnaryOp = defineElementwise("sin", (x) => e.sin(x));

/** Cosine of an angle in radians. */
export const cos: UnaryOp = defineElementwise("cos", (x) => e.cos(x));

/** Tangent of an angle in radians. */
export const tan: UnaryOp = defineElementwise("tan", (x) => e.tan(x));

/** Arc sine in radians; NaN outside -1 … 1. */
export const asin: UnaryOp = defineElementwise("asin", (x) => e.asin(x));

/** Arc cosine in radians; NaN outside -1 … 1. */
export const acos: UnaryOp = defineElementwise("acos", (x) => e.acos(x));

/** Arc tangent in radians. */
export const atan: UnaryOp = defineElementwise("atan", (x) => e.atan(x));

/** The angle of the point (b, a) in radians, in its quadrant. */
export const atan2: BinaryOp = defineElementwise("atan2", (a, b) => e.atan2(a, b));

/** Hyperbolic sine. */
export const sinh: UnaryOp = defineElementwise("sinh", (x) => e.sinh(x));

/** Hyperbolic cosine. */
export const cosh: UnaryOp = defineElementwise("cosh", (x) => e.cosh(x));

/** Hyperbolic tangent. */
export const tanh: UnaryOp = defineElementwise("tanh", (x) => e.tanh(x));

/** Inverse hyperbolic sine. */
export const asinh: UnaryOp = defineElementwise("asinh", (x) => e.asinh(x));

/** Inverse hyperbolic cosine; NaN below 1. */
export const acosh: UnaryOp = defineElementwise("acosh", (x) => e.acosh(x));

/** Inverse hyperbolic tangent; NaN outside -1 … 1. */
export const atanh: UnaryOp = defineElementwise("atanh", (x) => e.atanh(x));

/** sin(πx)/(πx), 1 at 0. */
export const sinc: UnaryOp = defineElementwise("sinc", (x) => e.sinc(x));

/** The error function, 2/√π ∫₀ˣ e^(-t²) dt. */
export const erf: UnaryOp = defineElementwise("erf", (x) => e.erf(x));

/** 1 - erf(x), exact in the tail. */
export const erfc: UnaryOp = defineElementwise("erfc", (x) => e.erfc(x));

/** The inverse of erf; ±Infinity at ±1, NaN beyond. */
export const erfinv: UnaryOp = defineElementwise("erfinv", (x) => e.erfinv(x));

/** log |Γ(x)|. */
export const lgamma: UnaryOp = defineElementwise("lgamma", (x) => e.lgamma(x));

/** The derivative of log Γ. */
export const digamma: UnaryOp = defineElementwise("digamma", (x) => e.digamma(x));

/** The n-th derivative of digamma at x; n is an integer from 0 and has no gradient. */
export const polygamma: BinaryOp = defineElementwise("polygamma", (n, x) => e.polygamma(n, x));

/** log(eᵃ + eᵇ) without overflow. */
export const logaddexp: BinaryOp = defineElementwise("logaddexp", (a, b) => e.logaddexp(a, b));

/** a·log(b), 0 where a is 0 and b is no NaN. */
export const xlogy: BinaryOp = defineElementwise("xlogy", (a, b) => e.xlogy(a, b));
