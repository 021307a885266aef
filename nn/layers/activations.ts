/** Activations as modules: a row each, made of the function of the same name. */
import {
  celu,
  checkFunction,
  checkSetting,
  described,
  elu,
  gelu,
  geluTanh,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  tanh,
  type Tensor,
} from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * A function of one tensor as a module; it has no parameters. The activations below are its
 * subclasses, with the settings of the function as their arguments.
 *
 * @example
 * ```ts
 * import { sin, tensor } from "@tapegrad/core";
 * import { Activation } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * class Sine extends Activation {
 *   constructor(frequency: number) {
 *     super((x) => sin(x.mul(frequency)), [frequency]);
 *   }
 * }
 *
 * assertEquals(await new Sine(Math.PI / 2).forward(tensor([0, 1])).array(), [0, 1]);
 * assertEquals(String(new Sine(30)), "Sine(30)");
 * ```
 */
export class Activation extends Module {
  readonly #fn: (x: Tensor) => Tensor;
  readonly #settings: readonly unknown[];

  /** The module that applies `fn`; `settings` are what it is printed with. */
  constructor(fn: (x: Tensor) => Tensor, settings: readonly unknown[] = []) {
    super();
    checkFunction("make an activation of", fn);
    this.#fn = fn;
    this.#settings = settings;
  }

  /** The function of `x`: of its shape and dtype. */
  override forward(x: Tensor): Tensor {
    return this.#fn(x);
  }

  /** The class and the settings that were given, as `LeakyReLU(0.2)`. */
  protected override describe(): string {
    const { name } = this.constructor;
    return this.#settings.length > 0 ? `${name}(${this.#settings.join(", ")})` : name;
  }
}

/** A class of activations that is made with `Settings`. */
export type ActivationClass<Settings extends readonly unknown[] = readonly []> = new (
  ...settings: Settings
) => Activation;

function checkNumber(name: string, setting: unknown): void {
  if (setting !== undefined) checkSetting(`make a ${name}`, "setting", setting as number);
}

function checkApproximation(name: string, setting: unknown): void {
  if (setting === undefined || setting === "none" || setting === "tanh") return;
  throw new TypeError(`Cannot make a ${name} with approximation ${described(setting)}: choose none or tanh`);
}

function activation<Settings extends readonly unknown[]>(
  name: string,
  fn: (x: Tensor, ...settings: Settings) => Tensor,
  check = checkNumber,
): ActivationClass<Settings> {
  const made = class extends Activation {
    constructor(...settings: Settings) {
      super((x) => fn(x, ...settings), settings);
      for (const setting of settings) check(name, setting);
    }
  };
  Object.defineProperty(made, "name", { value: name });
  return made;
}

/**
 * max(x, 0); the gradient at 0 is 0.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { ReLU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new ReLU().forward(tensor([-2, 3])).array(), [0, 3]);
 * ```
 */
export const ReLU: ActivationClass = activation("ReLU", relu);

/**
 * x limited to 0 … 6; the gradient at both ends is 0.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { ReLU6 } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new ReLU6().forward(tensor([-2, 7])).array(), [0, 6]);
 * ```
 */
export const ReLU6: ActivationClass = activation("ReLU6", relu6);

/**
 * x above 0, slope·x at and below it; the slope is 0.01 unless given.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { LeakyReLU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new LeakyReLU(0.5).forward(tensor([-2, 3])).array(), [-1, 3]);
 * ```
 */
export const LeakyReLU: ActivationClass<[slope?: number]> = activation("LeakyReLU", leakyRelu);

/**
 * x above 0, α(eˣ - 1) at and below it (Clevert et al., 2015); α is 1 unless given.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { ELU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new ELU(2).forward(tensor([-Infinity, 3])).array(), [-2, 3]);
 * ```
 */
export const ELU: ActivationClass<[alpha?: number]> = activation("ELU", elu);

/**
 * x above 0, α(e^(x/α) - 1) at and below it (Barron, 2017); α is 1 unless given.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { CELU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new CELU(2).forward(tensor([-Infinity, 3])).array(), [-2, 3]);
 * ```
 */
export const CELU: ActivationClass<[alpha?: number]> = activation("CELU", celu);

/**
 * λx above 0, λα(eˣ - 1) at and below it, with the constants of Klambauer et al. (2017).
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { SELU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new SELU().forward(tensor([0, 1])).array(), [0, Math.fround(1.0507009873554805)]);
 * ```
 */
export const SELU: ActivationClass = activation("SELU", selu);

/**
 * x·Φ(x), with Φ the normal distribution function (Hendrycks and Gimpel, 2016), or with `"tanh"` its
 * approximation x/2·(1 + tanh(√(2/π)(x + 0.044715x³))).
 *
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
export const GELU: ActivationClass<[approximation?: "none" | "tanh"]> = activation(
  "GELU",
  (x, approximation = "none") => approximation === "tanh" ? geluTanh(x) : gelu(x),
  checkApproximation,
);

/**
 * x·sigmoid(x), also called swish.
 *
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
export const SiLU: ActivationClass = activation("SiLU", silu);

/**
 * x·tanh(softplus(x)) (Misra, 2019).
 *
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
export const Mish: ActivationClass = activation("Mish", mish);

/**
 * 1/(1 + e⁻ˣ).
 *
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
export const Sigmoid: ActivationClass = activation("Sigmoid", sigmoid);

/**
 * -log(1 + e⁻ˣ), without overflow.
 *
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
export const LogSigmoid: ActivationClass = activation("LogSigmoid", logSigmoid);

/**
 * tanh(x).
 *
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
export const Tanh: ActivationClass = activation("Tanh", tanh);

/**
 * log(1 + eˣ), without overflow.
 *
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
export const Softplus: ActivationClass = activation("Softplus", softplus);

/**
 * x/(1 + |x|).
 *
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
export const Softsign: ActivationClass = activation("Softsign", softsign);

/**
 * x limited to low … high, -1 … 1 unless given; the gradient at the bounds is 0.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Hardtanh } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Hardtanh(0, 2).forward(tensor([-2, 1, 3])).array(), [0, 1, 2]);
 * ```
 */
export const Hardtanh: ActivationClass<[low?: number, high?: number]> = activation("Hardtanh", hardtanh);

/**
 * x/6 + ½ limited to 0 … 1; the gradient at the bounds is 0.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Hardsigmoid } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Hardsigmoid().forward(tensor([-4, 0, 3])).array(), [0, 0.5, 1]);
 * ```
 */
export const Hardsigmoid: ActivationClass = activation("Hardsigmoid", hardsigmoid);

/**
 * x·relu6(x + 3)/6 (Howard et al., 2019).
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Hardswish } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Hardswish().forward(tensor([-4, 3])).array(), [0, 3]);
 * ```
 */
export const Hardswish: ActivationClass = activation("Hardswish", hardswish);

/**
 * eˣ/Σeˣ along an axis, the last unless given.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Softmax } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Softmax().forward(tensor([5, 5])).array(), [0.5, 0.5]);
 * ```
 */
export const Softmax: ActivationClass<[axis?: number]> = activation("Softmax", softmax);

/**
 * The logarithm of the softmax along an axis, the last unless given.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { LogSoftmax } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new LogSoftmax(0).forward(tensor([[7], [-Infinity]])).array(), [[0], [-Infinity]]);
 * ```
 */
export const LogSoftmax: ActivationClass<[axis?: number]> = activation("LogSoftmax", logSoftmax);
