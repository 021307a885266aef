/** Smooth activations. */
import { described } from "../base/text.ts";
import { defineElementwise, elementwise, type UnaryOp } from "../define/elementwise.ts";
import type { TensorLike } from "../define/operands.ts";
import { e } from "../expr/e.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * An activation with one parameter that has a default.
 *
 * @category Activations
 */
export type ParametricOp = (x: TensorLike, parameter?: TensorLike) => Tensor;

/**
 * An activation with two parameters that have defaults.
 *
 * @category Activations
 */
export type RangeOp = (x: TensorLike, low?: TensorLike, high?: TensorLike) => Tensor;

/**
 * 1/(1 + e⁻ˣ), elementwise, without overflow on either side; integers give f32. `torch.nn.functional.sigmoid`.
 * It is `torch.special.expit`.
 *
 * @category Activations
 * @example
 * ```ts
 * import { sigmoid, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, -200, 200]);
 * const y = sigmoid(x);
 * y.sum().backward();
 * assertEquals(await y.array(), [0.5, 0, 1]);
 * assertEquals(await x.grad!.array(), [0.25, 0, 0]);
 * ```
 */
export const sigmoid: UnaryOp = defineElementwise("sigmoid", (x) => e.sigmoid(x));

/**
 * log sigmoid(x) = -log(1 + e⁻ˣ), elementwise, without overflow; integers give f32. `torch.nn.functional.logsigmoid`.
 *
 * @category Activations
 * @example
 * ```ts
 * import { logSigmoid, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([-200, 200]);
 * assertEquals(await logSigmoid(x).array(), [-200, 0]);
 * assertEquals(await x.sigmoid().log().array(), [-Infinity, 0]);
 * ```
 */
export const logSigmoid: UnaryOp = defineElementwise("logSigmoid", (x) => e.sub(0, e.softplus(e.neg(x))));

/**
 * What {@link softplus} may be told.
 *
 * @category Activations
 */
export interface SoftplusOptions {
  /** How sharp the bend is: log(1 + e^(βx))/β; 1 unless said. */
  readonly beta?: number;
  /** From which βx on it is x itself; Infinity unless said, where PyTorch has 20. */
  readonly threshold?: number;
}

const bent = elementwise("softplus", (x, beta, threshold) => {
  const scaled = e.mul(x, beta);
  return e.select(e.gt(scaled, threshold), x, e.div(e.softplus(scaled), beta));
});

/**
 * log(1 + eˣ), elementwise, as max(x, 0) + log(1 + e^-|x|), so that nothing overflows; integers give f32. With options
 * it is `torch.nn.functional.softplus`.
 *
 * @category Activations
 */
export const softplus: (x: TensorLike, options?: SoftplusOptions) => Tensor = defineElementwise(
  "softplus",
  (x) => e.softplus(x),
  {
    choices: {
      known: { beta: 1, threshold: 1 },
      of: ({ beta = 1, threshold = Infinity }: SoftplusOptions, x) => bent(x, beta, threshold),
    },
  },
);

/**
 * What {@link gelu} may be told.
 *
 * @category Activations
 */
export interface GeluOptions {
  /** `"tanh"` for {@link geluTanh}; `"none"` unless said. */
  readonly approximate?: "none" | "tanh";
}

function approximated({ approximate = "none" }: GeluOptions, x: TensorLike): Tensor {
  if (approximate === "none") return gelu(x);
  if (approximate === "tanh") return geluTanh(x);
  throw new TypeError(`Cannot gelu with approximate ${described(approximate)}: choose none or tanh`);
}

/**
 * x·Φ(x), with Φ the standard normal distribution function, elementwise; integers give f32. Hendrycks and
 * Gimpel (2016). `torch.nn.functional.gelu`.
 *
 * @category Activations
 */
export const gelu: (x: TensorLike, options?: GeluOptions) => Tensor = defineElementwise(
  "gelu",
  (x) => e.gelu(x),
  { choices: { known: { approximate: "" }, of: approximated } },
);

/**
 * The approximation of {@link gelu} by tanh, x/2·(1 + tanh(√(2/π)(x + 0.044715x³))), elementwise; integers
 * give f32. Hendrycks and Gimpel (2016).
 *
 * @category Activations
 * @example
 * ```ts
 * import { gelu, geluTanh, linspace } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertGreater, assertLess } from "@std/assert";
 *
 * const x = linspace(-5, 5, { count: 101 });
 * const apart = geluTanh(x).sub(gelu(x)).abs().max();
 * assertLess(await apart.item(), 5e-4);
 * assertGreater(await apart.item(), 4e-4);
 * ```
 */
export const geluTanh: UnaryOp = defineElementwise("geluTanh", (x) => e.geluTanh(x));

/**
 * x·sigmoid(x), elementwise, also called swish; integers give f32. `torch.nn.functional.silu`.
 *
 * @category Activations
 */
export const silu: UnaryOp = defineElementwise("silu", (x) => e.silu(x));

/**
 * x·tanh(softplus(x)), elementwise; integers give f32. Misra (2019). `torch.nn.functional.mish`.
 *
 * @category Activations
 */
export const mish: UnaryOp = defineElementwise("mish", (x) => e.mish(x));

/**
 * x/(1 + |x|), elementwise; integers give f32. `torch.nn.functional.softsign`.
 *
 * @category Activations
 */
export const softsign: UnaryOp = defineElementwise("softsign", (x) => e.softsign(x));

/**
 * x - tanh(x), elementwise; integers give f32. `torch.nn.functional.tanhshrink`.
 *
 * @category Activations
 */
export const tanhshrink: UnaryOp = defineElementwise("tanhshrink", (x) => e.tanhshrink(x));

/**
 * start + weight·(end - start), elementwise, broadcasting: exactly start at weight 0 and end at weight 1,
 * beyond them outside 0 … 1.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { lerp, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const start = tensor([0, 10]), end = tensor([4, 20]);
 * assertEquals(await lerp(start, end, 0.25).array(), [1, 12.5]);
 * assertEquals(await lerp(start, end, tensor([[0], [1]])).array(), [[0, 10], [4, 20]]);
 * ```
 */
export const lerp: (start: TensorLike, end: TensorLike, weight: TensorLike) => Tensor = defineElementwise(
  "lerp",
  (a, b, w) => e.lerp(a, b, w),
);
