/** Truth values and bits. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { asTruths } from "../define/numbers.ts";
import { e } from "../expr/e.ts";

/**
 * Where both are non-zero, elementwise, broadcasting, as bool; NaN is not zero.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { logicalAnd, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([-1, 1, 3]);
 * assertEquals(await logicalAnd(x.greater(0), x.less(2)).array(), [false, true, false]);
 * assertEquals(await logicalAnd(NaN, 1).item(), 1);
 * ```
 */
export const logicalAnd: BinaryOp = defineElementwise("logicalAnd", (a, b) => e.and(a, b), {
  numbers: asTruths,
});

/**
 * Where either is non-zero, elementwise, broadcasting, as bool; NaN is not zero.
 *
 * @category Elementwise
 */
export const logicalOr: BinaryOp = defineElementwise("logicalOr", (a, b) => e.or(a, b), {
  numbers: asTruths,
});

/**
 * Where exactly one is non-zero, elementwise, broadcasting, as bool; NaN is not zero.
 *
 * @category Elementwise
 */
export const logicalXor: BinaryOp = defineElementwise("logicalXor", (a, b) => e.xor(a, b), {
  numbers: asTruths,
});

/**
 * Where x is zero, elementwise, as bool; NaN is not zero.
 *
 * @category Elementwise
 */
export const logicalNot: UnaryOp = defineElementwise("logicalNot", (x) => e.not(x));

/**
 * a & b on i32, u32 or bool, elementwise, broadcasting. Floats are a {@link DtypeError}.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { bitwiseAnd, DtypeError, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const flags = tensor([0b0110, 0b1001], { dtype: "i32" });
 * assertEquals(await bitwiseAnd(flags, 0b0011).array(), [0b0010, 0b0001]);
 * assertThrows(() => bitwiseAnd(tensor([1]), 1), DtypeError, "integer or bool operands are needed");
 * ```
 */
export const bitwiseAnd: BinaryOp = defineElementwise("bitwiseAnd", (a, b) => e.bitAnd(a, b), {
  integers: true,
});

/**
 * a | b on i32, u32 or bool, elementwise, broadcasting. Floats are a {@link DtypeError}.
 *
 * @category Elementwise
 */
export const bitwiseOr: BinaryOp = defineElementwise("bitwiseOr", (a, b) => e.bitOr(a, b), {
  integers: true,
});

/**
 * a ^ b on i32, u32 or bool, elementwise, broadcasting. Floats are a {@link DtypeError}.
 *
 * @category Elementwise
 */
export const bitwiseXor: BinaryOp = defineElementwise("bitwiseXor", (a, b) => e.bitXor(a, b), {
  integers: true,
});

/**
 * a · 2ᵇ on integers, elementwise, broadcasting, bits falling off the top. Floats are a {@link DtypeError}.
 *
 * @category Elementwise
 */
export const shiftLeft: BinaryOp = defineElementwise("shiftLeft", (a, b) => e.shiftLeft(a, b), {
  integers: true,
});

/**
 * a / 2ᵇ rounded down, on integers, elementwise, broadcasting; u32 shifts zeros in. Floats are a {@link
 * DtypeError}.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { shiftRight, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await shiftRight(tensor([9, -9], { dtype: "i32" }), 1).array(), [4, -5]);
 * assertEquals(await shiftRight(tensor([2 ** 31], { dtype: "u32" }), 31).array(), [1]);
 * ```
 */
export const shiftRight: BinaryOp = defineElementwise("shiftRight", (a, b) => e.shiftRight(a, b), {
  integers: true,
});
