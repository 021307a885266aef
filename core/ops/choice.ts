/** One value or another, element by element. */
import { defineElementwise, type TernaryOp } from "../define/elementwise.ts";
import { saturating } from "../define/numbers.ts";
import { e } from "../expr/e.ts";

/**
 * `a` where the condition is non-zero, else `b`, all three broadcasting; the dtype is that in which a and b
 * meet. The branch not taken gets a zero gradient, which an infinite slope inside it still turns into NaN.
 *
 * @category Elementwise
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
 * @category Elementwise
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
 * @category Elementwise
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
