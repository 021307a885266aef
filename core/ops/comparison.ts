/** Comparison, logic, bits and choice, elementwise and broadcasting. */
import { type BinaryOp, defineElementwise, type TernaryOp, type UnaryOp } from "../define/elementwise.ts";
import { asTruths, comparing, exactly, saturating } from "../define/numbers.ts";
import { e } from "../expr/e.ts";

/**
 * Where a = b, elementwise, broadcasting, as bool. NaN equals nothing.
 *
 * @example
 * ```ts
 * import { equal, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await equal(tensor([1, 2, NaN]), tensor([1, 3, NaN])).array(), [true, false, false]);
 * ```
 */
export const equal: BinaryOp = defineElementwise("equal", (a, b) => e.eq(a, b), {
  numbers: comparing(exactly, exactly),
});

/**
 * Where a ≠ b, elementwise, broadcasting, as bool; NaN differs from itself.
 *
 * @example
 * ```ts
 * import { notEqual, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, NaN, 3]);
 * assertEquals(await notEqual(x, x).array(), [false, true, false]);
 * ```
 */
export const notEqual: BinaryOp = defineElementwise("notEqual", (a, b) => e.ne(a, b), {
  numbers: comparing(exactly, exactly),
});

/**
 * Where a < b, elementwise, broadcasting, as bool; false where either is NaN.
 *
 * @example
 * ```ts
 * import { less, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const table = less(tensor([[1], [2]]), tensor([1, 2, 3]));
 * assertEquals(await table.array(), [[false, true, true], [false, false, true]]);
 * ```
 */
export const less: BinaryOp = defineElementwise("less", (a, b) => e.lt(a, b), {
  numbers: comparing(Math.floor, Math.ceil),
});

/**
 * Where a ≤ b, elementwise, broadcasting, as bool; false where either is NaN.
 *
 * @example
 * ```ts
 * import { lessEqual, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await lessEqual(tensor([1, 2, NaN]), 1).array(), [true, false, false]);
 * ```
 */
export const lessEqual: BinaryOp = defineElementwise("lessEqual", (a, b) => e.le(a, b), {
  numbers: comparing(Math.ceil, Math.floor),
});

/**
 * Where a > b, elementwise, broadcasting, as bool; false where either is NaN. Integers and floats meet as
 * floats.
 *
 * @example
 * ```ts
 * import { greater, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const whole = tensor([1, 2], { dtype: "i32" });
 * assertEquals(await greater(whole, 1.5).array(), [false, true]);
 * ```
 */
export const greater: BinaryOp = defineElementwise("greater", (a, b) => e.gt(a, b), {
  numbers: comparing(Math.ceil, Math.floor),
});

/**
 * Where a ≥ b, elementwise, broadcasting, as bool; false where either is NaN.
 *
 * @example
 * ```ts
 * import { greaterEqual, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const passed = greaterEqual(tensor([0.2, 0.5, 0.9]), 0.5);
 * assertEquals(await passed.sum().item(), 2); // a sum of bools counts
 * ```
 */
export const greaterEqual: BinaryOp = defineElementwise("greaterEqual", (a, b) => e.ge(a, b), {
  numbers: comparing(Math.floor, Math.ceil),
});

/**
 * Where both are non-zero, elementwise, broadcasting, as bool; NaN is not zero.
 *
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
 * @example
 * ```ts
 * import { logicalOr, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([-1, 1, 3]);
 * assertEquals(await logicalOr(x.less(0), x.greater(2)).array(), [true, false, true]);
 * ```
 */
export const logicalOr: BinaryOp = defineElementwise("logicalOr", (a, b) => e.or(a, b), {
  numbers: asTruths,
});

/**
 * Where exactly one is non-zero, elementwise, broadcasting, as bool; NaN is not zero.
 *
 * @example
 * ```ts
 * import { logicalXor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await logicalXor(tensor([0, 1, 2]), tensor([3, 0, 4])).array(), [true, true, false]);
 * ```
 */
export const logicalXor: BinaryOp = defineElementwise("logicalXor", (a, b) => e.xor(a, b), {
  numbers: asTruths,
});

/**
 * Where x is zero, elementwise, as bool; NaN is not zero.
 *
 * @example
 * ```ts
 * import { logicalNot, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await logicalNot(tensor([0, 0.5, NaN])).array(), [true, false, false]);
 * ```
 */
export const logicalNot: UnaryOp = defineElementwise("logicalNot", (x) => e.not(x));

/**
 * Where x is NaN, elementwise, as bool; never for integers.
 *
 * @example
 * ```ts
 * import { isNaN, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, NaN, 0]);
 * assertEquals(await isNaN(x).array(), [false, true, false]);
 * assertEquals(await isNaN(x.div(0)).array(), [false, true, true]);
 * ```
 */
export const isNaN: UnaryOp = defineElementwise("isNaN", (x) => e.isNaN(x));

/**
 * Where x is neither infinite nor NaN, elementwise, as bool.
 *
 * @example
 * ```ts
 * import { isFinite, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const losses = tensor([0.5, Infinity, NaN]);
 * assertEquals(await isFinite(losses).array(), [true, false, false]);
 * ```
 */
export const isFinite: UnaryOp = defineElementwise("isFinite", (x) => e.isFinite(x));

/**
 * Where x is Infinity or -Infinity, elementwise, as bool; NaN is not.
 *
 * @example
 * ```ts
 * import { isInfinite, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await isInfinite(tensor([1, -Infinity, NaN])).array(), [false, true, false]);
 * ```
 */
export const isInfinite: UnaryOp = defineElementwise("isInfinite", (x) => e.eq(e.abs(x), Infinity));

/**
 * a & b on i32, u32 or bool, elementwise, broadcasting. Floats are a {@link DtypeError}.
 *
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
 * @example
 * ```ts
 * import { bitwiseOr, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const flags = tensor([0b0100, 0b1000], { dtype: "u32" });
 * assertEquals(await bitwiseOr(flags, 1).array(), [0b0101, 0b1001]);
 * ```
 */
export const bitwiseOr: BinaryOp = defineElementwise("bitwiseOr", (a, b) => e.bitOr(a, b), {
  integers: true,
});

/**
 * a ^ b on i32, u32 or bool, elementwise, broadcasting. Floats are a {@link DtypeError}.
 *
 * @example
 * ```ts
 * import { bitwiseXor, pad, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const plain = tensor([72, 105], { dtype: "u32" }), pad = tensor([13, 200], { dtype: "u32" });
 * const coded = bitwiseXor(plain, pad);
 * assertEquals(await coded.array(), [69, 161]);
 * assertEquals(await bitwiseXor(coded, pad).array(), [72, 105]);
 * ```
 */
export const bitwiseXor: BinaryOp = defineElementwise("bitwiseXor", (a, b) => e.bitXor(a, b), {
  integers: true,
});

/**
 * a · 2ᵇ on integers, elementwise, broadcasting, bits falling off the top. Floats are a {@link DtypeError}.
 *
 * @example
 * ```ts
 * import { shiftLeft, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 3, 2 ** 31], { dtype: "u32" });
 * assertEquals(await shiftLeft(x, 4).array(), [16, 48, 0]);
 * ```
 */
export const shiftLeft: BinaryOp = defineElementwise("shiftLeft", (a, b) => e.shiftLeft(a, b), {
  integers: true,
});

/**
 * a / 2ᵇ rounded down, on integers, elementwise, broadcasting; u32 shifts zeros in. Floats are a {@link
 * DtypeError}.
 *
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

/**
 * `a` where the condition is non-zero, else `b`, all three broadcasting; the dtype is that in which a and b
 * meet. The branch not taken gets a zero gradient, which an infinite slope inside it still turns into NaN.
 *
 * @example
 * ```ts
 * import { variable, where } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, 4]), positive = x.greater(0);
 * // √ has an infinite slope at 0: keep 0 out of its argument too.
 * const y = where(positive, where(positive, x, 1).sqrt(), 0);
 * y.sum().backward();
 * assertEquals(await y.array(), [0, 2]);
 * assertEquals(await x.grad!.array(), [0, 0.25]);
 * ```
 */
export const where: TernaryOp = defineElementwise("where", (c, a, b) => e.select(c, a, b), {
  conditions: [0],
});

/**
 * Limits x to low … high, elementwise, broadcasting, `high` winning if they cross; NaN stays. At a bound x
 * keeps the gradient.
 *
 * @example
 * ```ts
 * import { clamp, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([-2, -1, 0.5, 3]);
 * const y = clamp(x, -1, 1);
 * y.sum().backward();
 * assertEquals(await y.array(), [-1, -1, 0.5, 1]);
 * assertEquals(await x.grad!.array(), [0, 1, 1, 0]);
 * ```
 */
export const clamp: TernaryOp = defineElementwise("clamp", (x, low, high) => e.clamp(x, low, high), {
  numbers: saturating,
});

/**
 * `value` where the mask is non-zero, else x, all three broadcasting.
 *
 * @example
 * ```ts
 * import { maskedFill, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const scores = tensor([1, 2, 1]), hidden = tensor([false, true, false]);
 * const weights = maskedFill(scores, hidden, -Infinity).softmax();
 * assertEquals(await weights.array(), [0.5, 0, 0.5]);
 * ```
 */
export const maskedFill: TernaryOp = defineElementwise(
  "maskedFill",
  (x, mask, value) => e.select(mask, value, x),
  {
    conditions: [1],
  },
);
