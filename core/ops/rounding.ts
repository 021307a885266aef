/** Whole numbers near an element. */
import { defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { e } from "../expr/e.ts";

/**
 * Rounds down, elementwise, in the dtype of x. The gradient is 0.
 *
 * @example
 * ```ts
 * import { floor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await floor(tensor([1.5, -1.5, Infinity])).array(), [1, -2, Infinity]);
 * ```
 */
export const floor: UnaryOp = defineElementwise("floor", (x) => e.floor(x));

/** Rounds up, elementwise, in the dtype of x. The gradient is 0. */
export const ceil: UnaryOp = defineElementwise("ceil", (x) => e.ceil(x));

/** Rounds towards zero, elementwise, in the dtype of x. The gradient is 0. */
export const trunc: UnaryOp = defineElementwise("trunc", (x) => e.trunc(x));

/**
 * Rounds to the nearest integer, halves to the even one, elementwise, in the dtype of x. The gradient is 0.
 *
 * @example
 * ```ts
 * import { round, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await round(tensor([0.5, 1.5, 2.5, -2.5])).array(), [0, 2, 2, -2]);
 * const x = variable(1.7);
 * round(x).backward();
 * assertEquals(await x.grad!.item(), 0);
 * ```
 */
export const round: UnaryOp = defineElementwise("round", (x) => e.round(x));

/** x - trunc(x), elementwise, in the dtype of x: the part behind the point, with the sign of x. */
export const frac: UnaryOp = defineElementwise("frac", (x) => e.sub(x, e.trunc(x)));
