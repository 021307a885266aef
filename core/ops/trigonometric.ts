/** Circular and hyperbolic functions, and their inverses. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { e } from "../expr/e.ts";

/**
 * Sine of an angle in radians, elementwise; NaN at ±Infinity, integers give f32.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { sin, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, Math.PI / 2]);
 * const y = sin(x);
 * y.sum().backward();
 * assertEquals(await y.array(), [0, 1]);
 * assertEquals(await x.grad!.slice(0).item(), 1);
 * ```
 */
export const sin: UnaryOp = defineElementwise("sin", (x) => e.sin(x));

/**
 * Cosine of an angle in radians, elementwise; NaN at ±Infinity, integers give f32.
 *
 * @category Elementwise
 */
export const cos: UnaryOp = defineElementwise("cos", (x) => e.cos(x));

/**
 * Tangent of an angle in radians, elementwise; integers give f32. Its gradient is 1 + tan²(x).
 *
 * @category Elementwise
 */
export const tan: UnaryOp = defineElementwise("tan", (x) => e.tan(x));

/**
 * Arc sine in radians, -π/2 … π/2, elementwise; NaN outside -1 … 1, integers give f32. The gradient at ±1 is
 * Infinity.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { asin, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, 1, 2]);
 * const y = asin(x);
 * y.sum().backward();
 * assertEquals(await y.array(), [0, Math.fround(Math.PI / 2), NaN]);
 * assertEquals(await x.grad!.array(), [1, Infinity, NaN]);
 * ```
 */
export const asin: UnaryOp = defineElementwise("asin", (x) => e.asin(x));

/**
 * Arc cosine in radians, 0 … π, elementwise; NaN outside -1 … 1, integers give f32. The gradient at ±1 is
 * -Infinity.
 *
 * @category Elementwise
 */
export const acos: UnaryOp = defineElementwise("acos", (x) => e.acos(x));

/**
 * Arc tangent in radians, -π/2 … π/2, elementwise; integers give f32. Use {@link atan2} where the quadrant
 * matters.
 *
 * @category Elementwise
 */
export const atan: UnaryOp = defineElementwise("atan", (x) => e.atan(x));

/**
 * The angle of the point (b, a) in radians, -π … π, elementwise, broadcasting: a is the height, as in
 * `Math.atan2`. Integers give f32; at (0, 0) the gradient is NaN.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { atan2, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const height = tensor([1, 1, -1], { dtype: "f64" }), across = tensor([1, -1, -1], { dtype: "f64" });
 * const degrees = atan2(height, across).mul(180 / Math.PI).round();
 * assertEquals(await degrees.array(), [45, 135, -135]);
 * ```
 */
export const atan2: BinaryOp = defineElementwise("atan2", (a, b) => e.atan2(a, b));

/**
 * Hyperbolic sine, (eˣ - e⁻ˣ)/2, elementwise; integers give f32.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { sinh, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(await sinh(tensor([0, 100, -100])).array(), [0, Infinity, -Infinity]);
 * assertAlmostEquals(await sinh(tensor(1e-6)).item(), 1e-6, 1e-12);
 * assertAlmostEquals(await sinh(tensor(Math.LN2)).item(), 0.75, 1e-6);
 * ```
 */
export const sinh: UnaryOp = defineElementwise("sinh", (x) => e.sinh(x));

/**
 * Hyperbolic cosine, (eˣ + e⁻ˣ)/2, elementwise; integers give f32.
 *
 * @category Elementwise
 */
export const cosh: UnaryOp = defineElementwise("cosh", (x) => e.cosh(x));

/**
 * Hyperbolic tangent, elementwise; integers give f32. Its gradient is 1 - tanh²(x). `torch.nn.functional.tanh`.
 *
 * @category Elementwise
 */
export const tanh: UnaryOp = defineElementwise("tanh", (x) => e.tanh(x));

/**
 * Inverse hyperbolic sine, elementwise; integers give f32.
 *
 * @category Elementwise
 */
export const asinh: UnaryOp = defineElementwise("asinh", (x) => e.asinh(x));

/**
 * Inverse hyperbolic cosine, elementwise, from 0; NaN below 1, integers give f32. The gradient at 1 is
 * Infinity.
 *
 * @category Elementwise
 */
export const acosh: UnaryOp = defineElementwise("acosh", (x) => e.acosh(x));

/**
 * Inverse hyperbolic tangent, elementwise; ±Infinity at ±1, NaN beyond, integers give f32.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { atanh, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(await atanh(tensor([0, 1, -1, 2])).array(), [0, Infinity, -Infinity, NaN]);
 * assertAlmostEquals(await atanh(tensor(0.6)).item(), Math.LN2, 1e-6);
 * ```
 */
export const atanh: UnaryOp = defineElementwise("atanh", (x) => e.atanh(x));

/**
 * Degrees as radians, elementwise; integers give f32: `torch.deg2rad`.
 *
 * @category Elementwise
 */
export const deg2rad: UnaryOp = defineElementwise("deg2rad", (x) => e.mul(x, Math.PI / 180));

/**
 * Radians as degrees, elementwise; integers give f32: `torch.rad2deg`.
 *
 * @category Elementwise
 */
export const rad2deg: UnaryOp = defineElementwise("rad2deg", (x) => e.mul(x, 180 / Math.PI));
