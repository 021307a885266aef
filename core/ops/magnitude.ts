/** The larger and the smaller of two, sizes and signs. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { saturating } from "../define/numbers.ts";
import { e } from "../expr/e.ts";

/**
 * The larger of a and b, elementwise, broadcasting; NaN if either is. At a tie each takes half of the
 * gradient.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { maximum, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = variable([1, 2, 5]), b = variable([1, 3, 4]);
 * maximum(a, b).sum().backward();
 * assertEquals(await a.grad!.array(), [0.5, 0, 1]);
 * assertEquals(await b.grad!.array(), [0.5, 1, 0]);
 * ```
 */
export const maximum: BinaryOp = defineElementwise("maximum", (a, b) => e.maximum(a, b), {
  numbers: saturating,
});

/**
 * The smaller of a and b, elementwise, broadcasting; NaN if either is. At a tie each takes half of the
 * gradient.
 *
 * @category Elementwise
 */
export const minimum: BinaryOp = defineElementwise("minimum", (a, b) => e.minimum(a, b), {
  numbers: saturating,
});

/**
 * The larger of a and b, elementwise, broadcasting; a NaN yields to the other. At a tie the gradient goes to
 * a.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { fmax, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await fmax(tensor([1, NaN, 5]), 3).array(), [3, 3, 5]);
 * const a = variable(2), b = variable(2);
 * fmax(a, b).backward();
 * assertEquals([await a.grad!.item(), await b.grad!.item()], [1, 0]);
 * ```
 */
export const fmax: BinaryOp = defineElementwise("fmax", (a, b) => e.fmax(a, b), { numbers: saturating });

/**
 * The smaller of a and b, elementwise, broadcasting; a NaN yields to the other. At a tie the gradient goes
 * to a.
 *
 * @category Elementwise
 */
export const fmin: BinaryOp = defineElementwise("fmin", (a, b) => e.fmin(a, b), { numbers: saturating });

/**
 * √(a² + b²), elementwise, broadcasting, without overflow; integers give f32. At a = b = 0 the gradient is
 * NaN.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { hypot, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assert, assertEquals } from "@std/assert";
 *
 * assertEquals(await hypot(tensor([3, 5]), tensor([4, 12])).array(), [5, 13]);
 * const huge = tensor(1e30); // its square is Infinity in f32
 * assertEquals(await huge.square().item(), Infinity);
 * assert(Number.isFinite(await hypot(huge, huge).item()));
 * ```
 */
export const hypot: BinaryOp = defineElementwise("hypot", (a, b) => e.hypot(a, b));

/**
 * |a| with the sign of b, elementwise, broadcasting; integers give f32. A zero has a sign too, and so has a NaN on
 * cpu, that of its bit; on webgpu the sign of a NaN is not specified.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { copysign, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await copysign(tensor([3, -3]), tensor([-1, 1])).array(), [-3, 3]);
 * assertEquals(await copysign(tensor(3), -0).item(), -3);
 * ```
 */
export const copysign: BinaryOp = defineElementwise("copysign", (a, b) => e.copysign(a, b));

/**
 * |x|, elementwise, of the dtype of x; the gradient at 0 is 0.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { abs, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([-2, 0, 3]);
 * abs(x).sum().backward();
 * assertEquals(await x.grad!.array(), [-1, 0, 1]);
 * ```
 */
export const abs: UnaryOp = defineElementwise("abs", (x) => e.abs(x));

/**
 * -1, 0 or 1, elementwise, of the dtype of x; 0 for NaN, as PyTorch. The gradient is 0.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { sign, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await sign(tensor([-0.5, 0, Infinity, NaN])).array(), [-1, 0, 1, 0]);
 * ```
 */
export const sign: UnaryOp = defineElementwise("sign", (x) => e.sign(x));
