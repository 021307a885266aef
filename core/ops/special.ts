/** Special functions. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import type { TensorLike } from "../define/operands.ts";
import { e } from "../expr/e.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * sin(πx)/(πx), elementwise, the normalised sinc; 1 at 0, where its gradient is 0. Integers give f32.
 * It is `torch.special.sinc`.
 *
 * @category Elementwise
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
 * It is `torch.special.erf`.
 *
 * @category Elementwise
 */
export const erf: UnaryOp = defineElementwise("erf", (x) => e.erf(x));

/**
 * 1 - erf(x), elementwise, exact in the tail where erf rounds to 1; integers give f32.
 * It is `torch.special.erfc`.
 *
 * @category Elementwise
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
 * It is `torch.special.erfinv`.
 *
 * @category Elementwise
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
 * It is `torch.special.gammaln`.
 *
 * @category Elementwise
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
 * It is `torch.special.digamma` and `torch.special.psi`.
 *
 * @category Elementwise
 */
export const digamma: UnaryOp = defineElementwise("digamma", (x) => e.digamma(x));

/**
 * The n-th derivative of {@link digamma} at x, elementwise, broadcasting; n is an integer from 0 and has no
 * gradient. Integers give f32.
 * It is `torch.special.polygamma`.
 *
 * @category Elementwise
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
 * log(x/(1 - x)), elementwise, the inverse of {@link sigmoid}: `torch.logit`. With `eps` x is limited to eps … 1 - eps
 * first; without it ±Infinity at 0 and 1, NaN beyond. Integers give f32.
 * It is `torch.special.logit`.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { logit, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await logit(tensor([0, 0.5, 1, 2])).array(), [-Infinity, 0, Infinity, NaN]);
 * assertEquals(await logit(tensor([0.5, 2]), 0.5).array(), [0, 0]);
 * ```
 */
export const logit: (x: TensorLike, eps?: TensorLike) => Tensor = defineElementwise(
  "logit",
  (x, eps) => {
    const isChance = e.and(e.ge(x, 0), e.le(x, 1));
    const p = e.clamp(x, eps, e.sub(1, eps)), twice = e.sub(e.mul(2, p), 1);
    // Around a half, where the logarithm is near 0, by what is exact there.
    const value = e.select(
      e.lt(e.abs(twice), 0.5),
      e.mul(2, e.atanh(twice)),
      e.sub(e.log(p), e.log1p(e.neg(p))),
    );
    // Beyond 0 and 1 the slope is to be NaN too.
    return e.select(e.or(isChance, e.ge(eps, 0)), value, e.mul(x, NaN));
  },
  { defaults: [-Infinity] },
);

/**
 * -x·log(x), elementwise; 0 at 0, -Infinity below, integers give f32: `torch.special.entr`.
 *
 * @category Elementwise
 */
export const entr: UnaryOp = defineElementwise("entr", (x) =>
  // Each has the slope that is wanted too: NaN below 0, Infinity at 0.
  e.select(
    e.lt(x, 0),
    e.log(e.mul(x, 0)),
    e.select(e.eq(x, 0), e.sqrt(x), e.neg(e.mul(x, e.log(x)))),
  ));

/**
 * The chance that a standard normal number is at most x, elementwise; integers give f32: `torch.special.ndtr`.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { ndtr, ndtri, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = tensor(1.96, { dtype: "f64" });
 * assertAlmostEquals(await ndtr(x).item(), 0.975, 1e-5);
 * assertAlmostEquals(await ndtri(ndtr(x)).item(), 1.96, 1e-14);
 * ```
 */
export const ndtr: UnaryOp = defineElementwise("ndtr", (x) => e.normalCdf(x));

/**
 * The number that a standard normal one is below with chance p, elementwise: the inverse of {@link ndtr}; ±Infinity at
 * 0 and 1, NaN beyond, integers give f32. It is `torch.special.ndtri`.
 *
 * @category Elementwise
 */
export const ndtri: UnaryOp = defineElementwise("ndtri", (p) => e.normalQuantile(p));
