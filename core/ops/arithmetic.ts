/** Arithmetic and rounding, elementwise and broadcasting. */
import { e } from "../builder.ts";
import { type BinaryOp, defineElementwise, type UnaryOp } from "../registry.ts";

/** a + b. */
export const add: BinaryOp = defineElementwise("add", (a, b) => e.add(a, b));

/** a - b. */
export const sub: BinaryOp = defineElementwise("sub", (a, b) => e.sub(a, b));

/** a · b. */
export const mul: BinaryOp = defineElementwise("mul", (a, b) => e.mul(a, b));

/** a / b; integers give floats. */
export const div: BinaryOp = defineElementwise("div", (a, b) => e.div(a, b));

/** a to the power of b. Integers stay integers; an integer to a negative power is rounded towards 0. */
export const pow: BinaryOp = defineElementwise("pow", (a, b) => e.pow(a, b));

/** a / b rounded down; an integer divided by zero is 0. */
export const floorDivide: BinaryOp = defineElementwise("floorDivide", (a, b) => e.floorDivide(a, b));

/** a - b·⌊a/b⌋: the remainder with the sign of b, as Python's `%`. */
export const remainder: BinaryOp = defineElementwise("remainder", (a, b) => e.remainder(a, b));

/** The remainder of a / b with the sign of a, as C's `fmod`. */
export const fmod: BinaryOp = defineElementwise("fmod", (a, b) => e.fmod(a, b));

/** The larger of a and b; NaN if either is. At a tie each takes half of the gradient. */
export const maximum: BinaryOp = defineElementwise("maximum", (a, b) => e.maximum(a, b));

/** The smaller of a and b; NaN if either is. At a tie each takes half of the gradient. */
export const minimum: BinaryOp = defineElementwise("minimum", (a, b) => e.minimum(a, b));

/** The larger of a and b; a NaN yields to the other. At a tie the gradient goes to a. */
export const fmax: BinaryOp = defineElementwise("fmax", (a, b) => e.fmax(a, b));

/** The smaller of a and b; a NaN yields to the other. At a tie the gradient goes to a. */
export const fmin: BinaryOp = defineElementwise("fmin", (a, b) => e.fmin(a, b));

/** √(a² + b²) without overflow. */
export const hypot: BinaryOp = defineElementwise("hypot", (a, b) => e.hypot(a, b));

/** |a| with the sign of b. */
export const copysign: BinaryOp = defineElementwise("copysign", (a, b) => e.copysign(a, b));

/** -x. */
export const neg: UnaryOp = defineElementwise("neg", (x) => e.neg(x));

/** |x|; the gradient at 0 is 0. */
export const abs: UnaryOp = defineElementwise("abs", (x) => e.abs(x));

/** -1, 0 or 1; 0 for NaN, as PyTorch. */
export const sign: UnaryOp = defineElementwise("sign", (x) => e.sign(x));

/** x². */
export const square: UnaryOp = defineElementwise("square", (x) => e.square(x));

/** √x; NaN below 0. */
export const sqrt: UnaryOp = defineElementwise("sqrt", (x) => e.sqrt(x));

/** 1/√x. */
export const rsqrt: UnaryOp = defineElementwise("rsqrt", (x) => e.rsqrt(x));

/** 1/x. */
export const reciprocal: UnaryOp = defineElementwise("reciprocal", (x) => e.reciprocal(x));

/** Rounds down. */
export const floor: UnaryOp = defineElementwise("floor", (x) => e.floor(x));

/** Rounds up. */
export const ceil: UnaryOp = defineElementwise("ceil", (x) => e.ceil(x));

/** Rounds towards zero. */
export const trunc: UnaryOp = defineElementwise("trunc", (x) => e.trunc(x));

/** Rounds to the nearest integer, halves to the even one. */
export const round: UnaryOp = defineElementwise("round", (x) => e.round(x));

/** x - trunc(x): the part behind the point, with the sign of x. */
export const frac: UnaryOp = defineElementwise("frac", (x) => e.sub(x, e.trunc(x)));
