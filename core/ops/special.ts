/** Special functions. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { e } from "../expr/e.ts";

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

/** The error function 2/√π ∫₀ˣ e^(-t²) dt, elementwise; integers give f32. */
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

/** The derivative ψ of log Γ, elementwise; -Infinity at 0, NaN at -1, -2, …, integers give f32. */
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
