/** Exponentials and logarithms. */
import { type BinaryOp, defineElementwise, type UnaryOp } from "../define/elementwise.ts";
import { e } from "../expr/e.ts";

/**
 * eˣ, elementwise; integers give f32. It overflows to Infinity above 88.7 in f32, 709.8 in f64.
 *
 * @category Elementwise
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
 * It is `torch.special.exp2`.
 *
 * @category Elementwise
 */
export const exp2: UnaryOp = defineElementwise("exp2", (x) => e.exp2(x));

/**
 * eˣ - 1, elementwise, exact near 0; integers give f32.
 * It is `torch.special.expm1`.
 *
 * @category Elementwise
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
 * @category Elementwise
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
 * It is `torch.special.log1p`.
 *
 * @category Elementwise
 */
export const log1p: UnaryOp = defineElementwise("log1p", (x) => e.log1p(x));

/**
 * The logarithm to base 2, elementwise; -Infinity at 0, NaN below, integers give f32.
 *
 * @category Elementwise
 */
export const log2: UnaryOp = defineElementwise("log2", (x) => e.log2(x));

/**
 * The logarithm to base 10, elementwise; -Infinity at 0, NaN below, integers give f32.
 *
 * @category Elementwise
 */
export const log10: UnaryOp = defineElementwise("log10", (x) => e.log10(x));

/**
 * log(eᵃ + eᵇ), elementwise, broadcasting, without overflow; integers give f32.
 *
 * @category Elementwise
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
 * log₂(2ᵃ + 2ᵇ), elementwise, broadcasting, without overflow; integers give f32: `torch.logaddexp2`.
 *
 * @category Elementwise
 */
export const logaddexp2: BinaryOp = defineElementwise("logaddexp2", (a, b) => {
  const apart = e.abs(e.sub(a, b)), isFar = e.gt(apart, 0.5);
  // By powers of 2 of what is between them, whose slope has all digits; but next to a tie, where that has a kink.
  const far = e.log1p(e.exp2(e.neg(e.select(isFar, apart, 8))));
  const near = e.logaddexp(e.mul(a, Math.LN2), e.mul(b, Math.LN2));
  return e.select(isFar, e.add(e.maximum(a, b), e.div(far, Math.LN2)), e.div(near, Math.LN2));
});

/**
 * a·2ᵇ, elementwise, broadcasting; integers give f32: `torch.ldexp`.
 *
 * @category Elementwise
 */
export const ldexp: BinaryOp = defineElementwise("ldexp", (a, b) => e.mul(a, e.exp2(b)));

/**
 * a·log(b), elementwise, broadcasting; 0 where a is 0 and b is no NaN. Integers give f32.
 * It is `torch.special.xlogy`.
 *
 * @category Elementwise
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
 * It is `torch.special.xlog1py`.
 *
 * @category Elementwise
 */
export const xlog1py: BinaryOp = defineElementwise("xlog1py", (a, b) => e.xlog1py(a, b));
