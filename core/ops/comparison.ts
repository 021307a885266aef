/** Comparison, logic, bits and choice, elementwise and broadcasting. */
import { e } from "../builder.ts";
import { type BinaryOp, defineElementwise, type TernaryOp, type UnaryOp } from "../registry.ts";

/** Where a = b. */
export const equal: BinaryOp = defineElementwise("equal", (a, b) => e.eq(a, b));

/** Where a ≠ b; NaN differs from itself. */
export const notEqual: BinaryOp = defineElementwise("notEqual", (a, b) => e.ne(a, b));

/** Where a < b. */
export const less: BinaryOp = defineElementwise("less", (a, b) => e.lt(a, b));

/** Where a ≤ b. */
export const lessEqual: BinaryOp = defineElementwise("lessEqual", (a, b) => e.le(a, b));

/** Where a > b. */
export const greater: BinaryOp = defineElementwise("greater", (a, b) => e.gt(a, b));

/** Where a ≥ b. */
export const greaterEqual: BinaryOp = defineElementwise("greaterEqual", (a, b) => e.ge(a, b));

/** Where both are non-zero. */
export const logicalAnd: BinaryOp = defineElementwise("logicalAnd", (a, b) => e.and(a, b));

/** Where either is non-zero. */
export const logicalOr: BinaryOp = defineElementwise("logicalOr", (a, b) => e.or(a, b));

/** Where exactly one is non-zero. */
export const logicalXor: BinaryOp = defineElementwise("logicalXor", (a, b) => e.xor(a, b));

/** Where x is zero. */
export const logicalNot: UnaryOp = defineElementwise("logicalNot", (x) => e.not(x));

/** Where x is NaN. */
export const isNaN: UnaryOp = defineElementwise("isNaN", (x) => e.isNaN(x));

/** Where x is neither infinite nor NaN. */
export const isFinite: UnaryOp = defineElementwise("isFinite", (x) => e.isFinite(x));

/** Where x is infinite. */
export const isInfinite: UnaryOp = defineElementwise("isInfinite", (x) => e.eq(e.abs(x), Infinity));

/** a & b, on integers. Floats are a {@link DtypeError}. */
export const bitwiseAnd: BinaryOp = defineElementwise("bitwiseAnd", (a, b) => e.bitAnd(a, b), {
  integers: true,
});

/** a | b, on integers. Floats are a {@link DtypeError}. */
export const bitwiseOr: BinaryOp = defineElementwise("bitwiseOr", (a, b) => e.bitOr(a, b), {
  integers: true,
});

/** a ^ b, on integers. Floats are a {@link DtypeError}. */
export const bitwiseXor: BinaryOp = defineElementwise("bitwiseXor", (a, b) => e.bitXor(a, b), {
  integers: true,
});

/** a · 2ᵇ on integers, bits falling off the top. Floats are a {@link DtypeError}. */
export const shiftLeft: BinaryOp = defineElementwise("shiftLeft", (a, b) => e.shiftLeft(a, b), {
  integers: true,
});

/** a / 2ᵇ rounded down, on integers; u32 shifts zeros in. Floats are a {@link DtypeError}. */
export const shiftRight: BinaryOp = defineElementwise("shiftRight", (a, b) => e.shiftRight(a, b), {
  integers: true,
});

/** `a` where the condition is non-zero, else `b`; no gradient reaches the branch not taken. */
export const where: TernaryOp = defineElementwise("where", (c, a, b) => e.select(c, a, b), {
  conditions: [0],
});

/** Limits x to low … high, `high` winning if they cross. At a bound x keeps the gradient. */
export const clamp: TernaryOp = defineElementwise("clamp", (x, low, high) => e.clamp(x, low, high));

/** `value` where the mask is non-zero, else x. */
export const maskedFill: TernaryOp = defineElementwise(
  "maskedFill",
  (x, mask, value) => e.select(mask, value, x),
  {
    conditions: [1],
  },
);
