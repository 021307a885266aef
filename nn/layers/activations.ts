/** Smooth activations as modules: a row each, made of the function of the same name. */
import {
  gelu,
  type GeluOptions,
  logSigmoid,
  mish,
  sigmoid,
  silu,
  softplus,
  type SoftplusOptions,
  softsign,
  tanh,
  tanhshrink,
} from "@tapegrad/core";
import { activation, type ActivationClass } from "./activation.ts";

/**
 * x·Φ(x), with Φ the normal distribution function (Hendrycks and Gimpel, 2016), or with `"tanh"` its
 * approximation x/2·(1 + tanh(√(2/π)(x + 0.044715x³))): `torch.nn.GELU`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { GELU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new GELU("tanh").forward(tensor([-20, 0, 20])).array(), [0, 0, 20]);
 * ```
 */
export const GELU: ActivationClass<[approximation?: "none" | "tanh"], GeluOptions> =
  /* @__PURE__ */ activation(
    "GELU",
    (x, approximate?: "none" | "tanh") => gelu(x, { approximate: approximate ?? "none" }),
    { approximate: "none" },
  );

/**
 * x·sigmoid(x), also called swish: `torch.nn.SiLU`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { SiLU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new SiLU().forward(tensor([-200, 0, 200])).array(), [0, 0, 200]);
 * ```
 */
export const SiLU: ActivationClass = /* @__PURE__ */ activation("SiLU", silu);

/**
 * x·tanh(softplus(x)) (Misra, 2019): `torch.nn.Mish`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Mish } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Mish().forward(tensor([-200, 0, 200])).array(), [0, 0, 200]);
 * ```
 */
export const Mish: ActivationClass = /* @__PURE__ */ activation("Mish", mish);

/**
 * 1/(1 + e⁻ˣ): `torch.nn.Sigmoid`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Sigmoid } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Sigmoid().forward(tensor([-Infinity, 0])).array(), [0, 0.5]);
 * ```
 */
export const Sigmoid: ActivationClass = /* @__PURE__ */ activation("Sigmoid", sigmoid);

/**
 * -log(1 + e⁻ˣ), without overflow: `torch.nn.LogSigmoid`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { LogSigmoid } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new LogSigmoid().forward(tensor([-100])).array(), [-100]);
 * ```
 */
export const LogSigmoid: ActivationClass = /* @__PURE__ */ activation("LogSigmoid", logSigmoid);

/**
 * tanh(x): `torch.nn.Tanh`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Tanh } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Tanh().forward(tensor([0, Infinity])).array(), [0, 1]);
 * ```
 */
export const Tanh: ActivationClass = /* @__PURE__ */ activation("Tanh", tanh);

/**
 * log(1 + eˣ), without overflow: `torch.nn.Softplus`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Softplus } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Softplus().forward(tensor([100])).array(), [100]);
 * ```
 */
export const Softplus: ActivationClass<[beta?: number, threshold?: number], SoftplusOptions> =
  /* @__PURE__ */ activation(
    "Softplus",
    (x, beta?: number, threshold?: number) => softplus(x, { beta: beta ?? 1, threshold: threshold ?? 20 }),
    { beta: 1, threshold: 20 },
  );

/**
 * x/(1 + |x|): `torch.nn.Softsign`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Softsign } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Softsign().forward(tensor([-1, 3])).array(), [-0.5, 0.75]);
 * ```
 */
export const Softsign: ActivationClass = /* @__PURE__ */ activation("Softsign", softsign);

/**
 * x - tanh(x): `torch.nn.Tanhshrink`.
 *
 * @category Activation layers
 */
export const Tanhshrink: ActivationClass = /* @__PURE__ */ activation("Tanhshrink", tanhshrink);
