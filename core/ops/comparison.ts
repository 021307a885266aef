/** Comparisons, and what an element is. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { comparing, exactly } from "../define/numbers.ts";
import { e } from "../expr/e.ts";

/**
 * Where a = b, elementwise, broadcasting, as bool. NaN equals nothing.
 *
 * @category Elementwise
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
 * @category Elementwise
 */
export const notEqual: BinaryOp = defineElementwise("notEqual", (a, b) => e.ne(a, b), {
  numbers: comparing(exactly, exactly),
});

/**
 * Where a < b, elementwise, broadcasting, as bool; false where either is NaN.
 *
 * @category Elementwise
 */
export const less: BinaryOp = defineElementwise("less", (a, b) => e.lt(a, b), {
  numbers: comparing(Math.floor, Math.ceil),
});

/**
 * Where a ≤ b, elementwise, broadcasting, as bool; false where either is NaN.
 *
 * @category Elementwise
 */
export const lessEqual: BinaryOp = defineElementwise("lessEqual", (a, b) => e.le(a, b), {
  numbers: comparing(Math.ceil, Math.floor),
});

/**
 * Where a > b, elementwise, broadcasting, as bool; false where either is NaN. Integers and floats meet as
 * floats.
 *
 * @category Elementwise
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
 * @category Elementwise
 */
export const greaterEqual: BinaryOp = defineElementwise("greaterEqual", (a, b) => e.ge(a, b), {
  numbers: comparing(Math.floor, Math.ceil),
});

/**
 * Where x is NaN, elementwise, as bool; never for integers.
 *
 * @category Elementwise
 */
export const isNaN: UnaryOp = defineElementwise("isNaN", (x) => e.isNaN(x));

/**
 * Where x is neither infinite nor NaN, elementwise, as bool.
 *
 * @category Elementwise
 */
export const isFinite: UnaryOp = defineElementwise("isFinite", (x) => e.isFinite(x));

/**
 * Where x is Infinity or -Infinity, elementwise, as bool; NaN is not.
 *
 * @category Elementwise
 */
export const isInfinite: UnaryOp = defineElementwise("isInfinite", (x) => e.eq(e.abs(x), Infinity));
