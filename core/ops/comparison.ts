/** Comparisons, and what an element is. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { comparing, exactly } from "../define/numbers.ts";
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
