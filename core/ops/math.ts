/** Exponential, trigonometric, hyperbolic and special functions, elementwise. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { e } from "../expr/e.ts";

/**
 * eˣ, elementwise; integers give f32. It overflows to Infinity above 88.7 in f32, 709.8 in f64.
 *
 * @example
 * ```ts
 * import { exp, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await exp(tensor([0, -Infinity, 100])).array(), [1, 0, Infinity]);
 * const x = variable(0);
 * exp(x).backward();
 * assertEquals(await x.grad!.item(), 1);
 * ```
 */
export const exp: UnaryOp = defineElementwise("exp", (x) => e.exp(x));

/**
 * 2ˣ, elementwise; integers give f32.
 *
 * @example
 * ```ts
 * import { exp2, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await exp2(tensor([-1, 0, 10])).array(), [0.5, 1, 1024]);
 * ```
 */
export const exp2: UnaryOp = defineElementwise("exp2", (x) => e.exp2(x));

/**
 * eˣ - 1, elementwise, exact near 0; integers give f32.
 *
 * @example
 * ```ts
 * import { expm1, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const tiny = tensor(1e-10);
 * assertEquals(await tiny.exp().sub(1).item(), 0); // 1 + 1e-10 is 1 in f32
 * assertAlmostEquals(await expm1(tiny).item(), 1e-10, 1e-17);
 * ```
 */
export const expm1: UnaryOp = defineElementwise("expm1", (x) => e.expm1(x));

/**
 * The natural logarithm, elementwise; -Infinity at 0, NaN below, integers give f32.
 *
 * @example
 * ```ts
 * import { log, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await log(tensor([1, 0, -1])).array(), [0, -Infinity, NaN]);
 * const x = variable(4);
 * log(x).backward();
 * assertEquals(await x.grad!.item(), 0.25);
 * ```
 */
export const log: UnaryOp = defineElementwise("log", (x) => e.log(x));

/**
 * log(1 + x), elementwise, exact near 0; -Infinity at -1, NaN below, integers give f32.
 *
 * @example
 * ```ts
 * import { log1p, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(await log1p(tensor([0, -1, -2])).array(), [0, -Infinity, NaN]);
 * assertAlmostEquals(await log1p(tensor(1e-10)).item(), 1e-10, 1e-17);
 * ```
 */
export const log1p: UnaryOp = defineElementwise("log1p", (x) => e.log1p(x));

/**
 * The logarithm to base 2, elementwise; -Infinity at 0, NaN below, integers give f32.
 *
 * @example
 * ```ts
 * import { log2, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await log2(tensor([0.5, 1, 8])).array(), [-1, 0, 3]);
 * ```
 */
export const log2: UnaryOp = defineElementwise("log2", (x) => e.log2(x));

/**
 * The logarithm to base 10, elementwise; -Infinity at 0, NaN below, integers give f32.
 *
 * @example
 * ```ts
 * import { log10, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await log10(tensor([1, 10, 1000])).array(), [0, 1, 3]);
 * ```
 */
export const log10: UnaryOp = defineElementwise("log10", (x) => e.log10(x));

/**
 * Sine of an angle in radians, elementwise; NaN at ±Infinity, integers give f32.
 *
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
 * @example
 * ```ts
 * import { cos, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, Math.PI]);
 * const y = cos(x);
 * y.sum().backward();
 * assertEquals(await y.array(), [1, -1]);
 * assertEquals(await x.grad!.slice(0).item(), 0);
 * ```
 */
export const cos: UnaryOp = defineElementwise("cos", (x) => e.cos(x));

/**
 * Tangent of an angle in radians, elementwise; integers give f32. Its gradient is 1 + tan²(x).
 *
 * @example
 * ```ts
 * import { tan, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = variable(Math.PI / 4, { dtype: "f64" });
 * tan(x).backward();
 * assertAlmostEquals(await x.grad!.item(), 2, 1e-12);
 * ```
 */
export const tan: UnaryOp = defineElementwise("tan", (x) => e.tan(x));

/**
 * Arc sine in radians, -π/2 … π/2, elementwise; NaN outside -1 … 1, integers give f32. The gradient at ±1 is
 * Infinity.
 *
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
 * @example
 * ```ts
 * import { acos, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await acos(tensor([1, -1, 1.5])).array(), [0, Math.fround(Math.PI), NaN]);
 * ```
 */
export const acos: UnaryOp = defineElementwise("acos", (x) => e.acos(x));

/**
 * Arc tangent in radians, -π/2 … π/2, elementwise; integers give f32. Use {@link atan2} where the quadrant
 * matters.
 *
 * @example
 * ```ts
 * import { atan, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, Infinity]);
 * const y = atan(x);
 * y.sum().backward();
 * assertEquals(await y.array(), [0, Math.fround(Math.PI / 2)]);
 * assertEquals(await x.grad!.array(), [1, 0]);
 * ```
 */
export const atan: UnaryOp = defineElementwise("atan", (x) => e.atan(x));

/**
 * The angle of the point (b, a) in radians, -π … π, elementwise, broadcasting: a is the height, as in
 * `Math.atan2`. Integers give f32; at (0, 0) the gradient is NaN.
 *
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
 * @example
 * ```ts
 * import { cosh, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = variable(Math.LN2, { dtype: "f64" });
 * const y = cosh(x);
 * y.backward();
 * assertAlmostEquals(await y.item(), 1.25, 1e-15);
 * assertAlmostEquals(await x.grad!.item(), 0.75, 1e-15);
 * ```
 */
export const cosh: UnaryOp = defineElementwise("cosh", (x) => e.cosh(x));

/**
 * Hyperbolic tangent, elementwise; integers give f32. Its gradient is 1 - tanh²(x).
 *
 * @example
 * ```ts
 * import { tanh, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, 100]);
 * const y = tanh(x);
 * y.sum().backward();
 * assertEquals(await y.array(), [0, 1]);
 * assertEquals(await x.grad!.array(), [1, 0]);
 * ```
 */
export const tanh: UnaryOp = defineElementwise("tanh", (x) => e.tanh(x));

/**
 * Inverse hyperbolic sine, elementwise; integers give f32.
 *
 * @example
 * ```ts
 * import { asinh, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = tensor([-2, 0, 3], { dtype: "f64" });
 * assertAlmostEquals(await asinh(x.sinh()).sub(x).abs().max().item(), 0, 1e-14);
 * assertAlmostEquals(await asinh(tensor(0.75)).item(), Math.LN2, 1e-6);
 * ```
 */
export const asinh: UnaryOp = defineElementwise("asinh", (x) => e.asinh(x));

/**
 * Inverse hyperbolic cosine, elementwise, from 0; NaN below 1, integers give f32. The gradient at 1 is
 * Infinity.
 *
 * @example
 * ```ts
 * import { acosh, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(await acosh(tensor([1, 0.5])).array(), [0, NaN]);
 * assertAlmostEquals(await acosh(tensor(1.25)).item(), Math.LN2, 1e-6);
 * ```
 */
export const acosh: UnaryOp = defineElementwise("acosh", (x) => e.acosh(x));

/**
 * Inverse hyperbolic tangent, elementwise; ±Infinity at ±1, NaN beyond, integers give f32.
 *
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
 * sin(πx)/(πx), elementwise, the normalised sinc; 1 at 0, where its gradient is 0. Integers give f32.
 *
 * @example
 * ```ts
 * import { sinc, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = variable([0, 0.5], { dtype: "f64" });
 * const [top, half] = sinc(x);
 * assertEquals(await top.item(), 1);
 * assertAlmostEquals(await half.item(), 2 / Math.PI, 1e-15);
 * top.backward();
 * assertEquals(await x.grad!.array(), [0, 0]);
 * ```
 */
export const sinc: UnaryOp = defineElementwise("sinc", (x) => e.sinc(x));

/**
 * The error function 2/√π ∫₀ˣ e^(-t²) dt, elementwise; integers give f32.
 *
 * @example
 * ```ts
 * import { erf, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(await erf(tensor([0, Infinity, -Infinity])).array(), [0, 1, -1]);
 * const x = variable(0, { dtype: "f64" });
 * erf(x).backward();
 * assertAlmostEquals(await x.grad!.item(), 2 / Math.sqrt(Math.PI), 1e-15);
 * ```
 */
export const erf: UnaryOp = defineElementwise("erf", (x) => e.erf(x));

/**
 * 1 - erf(x), elementwise, exact in the tail where erf rounds to 1; integers give f32.
 *
 * @example
 * ```ts
 * import { erfc, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor(9, { dtype: "f64" });
 * assertEquals(await x.erf().item(), 1);
 * assertAlmostEquals(await erfc(x).item(), 4.13703174651381e-37, 1e-51);
 * ```
 */
export const erfc: UnaryOp = defineElementwise("erfc", (x) => e.erfc(x));

/**
 * The inverse of {@link erf}, elementwise; ±Infinity at ±1, NaN beyond, integers give f32.
 *
 * @example
 * ```ts
 * import { erfinv, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(await erfinv(tensor([0, 1, -1, 2])).array(), [0, Infinity, -Infinity, NaN]);
 * const x = tensor(0.5, { dtype: "f64" });
 * assertAlmostEquals(await erfinv(x).erf().item(), 0.5, 1e-15);
 * ```
 */
export const erfinv: UnaryOp = defineElementwise("erfinv", (x) => e.erfinv(x));

/**
 * log |Γ(x)|, elementwise; Infinity at 0, -1, -2, …, integers give f32. Its gradient is {@link digamma}.
 *
 * @example
 * ```ts
 * import { lgamma, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 5, 0], { dtype: "f64" });
 * const [zero, log24, pole] = await lgamma(x).data();
 * assertEquals([zero, pole], [0, Infinity]);
 * assertAlmostEquals(log24, Math.log(24), 1e-14); // Γ(5) = 4!
 * ```
 */
export const lgamma: UnaryOp = defineElementwise("lgamma", (x) => e.lgamma(x));

/**
 * The derivative ψ of log Γ, elementwise; -Infinity at 0, NaN at -1, -2, …, integers give f32.
 *
 * @example
 * ```ts
 * import { digamma, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const euler = 0.5772156649015329;
 * const x = tensor([1, 2], { dtype: "f64" });
 * const [one, two] = await digamma(x).data();
 * assertAlmostEquals(one, -euler, 1e-15);
 * assertAlmostEquals(two, 1 - euler, 1e-15); // ψ(x + 1) = ψ(x) + 1/x
 * ```
 */
export const digamma: UnaryOp = defineElementwise("digamma", (x) => e.digamma(x));

/**
 * The n-th derivative of {@link digamma} at x, elementwise, broadcasting; n is an integer from 0 and has no
 * gradient. Integers give f32.
 *
 * @example
 * ```ts
 * import { polygamma, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = tensor(1, { dtype: "f64" });
 * assertAlmostEquals(await polygamma(1, x).item(), Math.PI ** 2 / 6, 1e-14); // Σ 1/k²
 * ```
 */
export const polygamma: BinaryOp = defineElementwise("polygamma", (n, x) => e.polygamma(n, x));

/**
 * log(eᵃ + eᵇ), elementwise, broadcasting, without overflow; integers give f32.
 *
 * @example
 * ```ts
 * import { logaddexp, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await logaddexp(tensor(1000), 0).item(), 1000);
 * const a = variable(2), b = variable(2);
 * logaddexp(a, b).backward();
 * assertEquals([await a.grad!.item(), await b.grad!.item()], [0.5, 0.5]);
 * ```
 */
export const logaddexp: BinaryOp = defineElementwise("logaddexp", (a, b) => e.logaddexp(a, b));

/**
 * a·log(b), elementwise, broadcasting; 0 where a is 0 and b is no NaN. Integers give f32.
 *
 * @example
 * ```ts
 * import { tensor, xlogy } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const p = tensor([0, 1, 0.5], { dtype: "f64" });
 * const entropy = xlogy(p, p).sum().neg();
 * assertAlmostEquals(await entropy.item(), 0.5 * Math.log(2), 1e-15);
 * assertEquals(await xlogy(0, tensor([0, NaN])).array(), [0, NaN]);
 * ```
 */
export const xlogy: BinaryOp = defineElementwise("xlogy", (a, b) => e.xlogy(a, b));

/**
 * a·log(1 + b), elementwise, broadcasting; 0 where a is 0 and b is no NaN. Integers give f32.
 *
 * @example
 * ```ts
 * import { tensor, xlog1py } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await xlog1py(tensor([0, 0, 2]), tensor([-1, NaN, 0])).array(), [0, NaN, 0]);
 * ```
 */
export const xlog1py: BinaryOp = defineElementwise("xlog1py", (a, b) => e.xlog1py(a, b));
