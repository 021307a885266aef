/** Activations in pieces as modules, made of the function of the same name. */
import {
  celu,
  checkOptions,
  checkSetting,
  type DType,
  elu,
  full,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  prelu,
  relu,
  relu6,
  selu,
  softshrink,
  type Tensor,
  threshold,
} from "@tapegrad/core";
import { Module } from "../module.ts";
import { Activation, activation, type ActivationClass } from "./activation.ts";

/**
 * max(x, 0); the gradient at 0 is 0: `torch.nn.ReLU`.
 *
 * @category Activation layers
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
export const ReLU: ActivationClass = /* @__PURE__ */ activation("ReLU", relu);

/**
 * x limited to 0 … 6; the gradient at both ends is 0: `torch.nn.ReLU6`.
 *
 * @category Activation layers
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
export const ReLU6: ActivationClass = /* @__PURE__ */ activation("ReLU6", relu6);

/**
 * x above 0, slope·x at and below it; the slope is 0.01 unless given: `torch.nn.LeakyReLU`.
 *
 * @category Activation layers
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
export const LeakyReLU: ActivationClass<[slope?: number], { readonly negativeSlope?: number }> =
  /* @__PURE__ */ activation("LeakyReLU", leakyRelu, { negativeSlope: 0.01 });

/**
 * x above 0, α(eˣ - 1) at and below it (Clevert et al., 2015); α is 1 unless given: `torch.nn.ELU`.
 *
 * @category Activation layers
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
export const ELU: ActivationClass<[alpha?: number], { readonly alpha?: number }> = /* @__PURE__ */ activation(
  "ELU",
  elu,
  { alpha: 1 },
);

/**
 * x above 0, α(e^(x/α) - 1) at and below it (Barron, 2017); α is 1 unless given: `torch.nn.CELU`.
 *
 * @category Activation layers
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
export const CELU: ActivationClass<[alpha?: number], { readonly alpha?: number }> =
  /* @__PURE__ */ activation("CELU", celu, { alpha: 1 });

/**
 * λx above 0, λα(eˣ - 1) at and below it, with the constants of Klambauer et al. (2017): `torch.nn.SELU`.
 *
 * @category Activation layers
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
export const SELU: ActivationClass = /* @__PURE__ */ activation("SELU", selu);

/**
 * x limited to low … high, -1 … 1 unless given; the gradient at the bounds is 0: `torch.nn.Hardtanh`.
 *
 * @category Activation layers
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
export const Hardtanh: ActivationClass<
  [low?: number, high?: number],
  { readonly minVal?: number; readonly maxVal?: number }
> = /* @__PURE__ */ activation("Hardtanh", hardtanh, { minVal: -1, maxVal: 1 });

/**
 * x/6 + ½ limited to 0 … 1; the gradient at the bounds is 0: `torch.nn.Hardsigmoid`.
 *
 * @category Activation layers
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
export const Hardsigmoid: ActivationClass = /* @__PURE__ */ activation("Hardsigmoid", hardsigmoid);

/**
 * x·relu6(x + 3)/6 (Howard et al., 2019): `torch.nn.Hardswish`.
 *
 * @category Activation layers
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
export const Hardswish: ActivationClass = /* @__PURE__ */ activation("Hardswish", hardswish);

/**
 * x outside -λ … λ, and 0 in it; λ is ½ unless given: `torch.nn.Hardshrink`.
 *
 * @category Activation layers
 */
export const Hardshrink: ActivationClass<[lambd?: number], { readonly lambd?: number }> =
  /* @__PURE__ */ activation("Hardshrink", hardshrink, { lambd: 0.5 });

/**
 * x moved by λ towards 0, and 0 from -λ to λ; λ is ½ unless given: `torch.nn.Softshrink`.
 *
 * @category Activation layers
 */
export const Softshrink: ActivationClass<[lambd?: number], { readonly lambd?: number }> =
  /* @__PURE__ */ activation("Softshrink", softshrink, { lambd: 0.5 });

/**
 * x above a threshold, a value at and below it: `torch.nn.Threshold`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Threshold } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Threshold(1, 20).forward(tensor([1, 2])).array(), [20, 2]);
 * ```
 */
export class Threshold extends Activation {
  /** The value stands for what is at or below the threshold. */
  constructor(least: number, value: number) {
    checkSetting("make a Threshold", "threshold", least);
    checkSetting("make a Threshold", "value", value);
    super((x) => threshold(x, least, value), [least, value]);
  }
}

/**
 * What {@link PReLU} may be told.
 *
 * @category Activation layers
 */
export interface PReLUOptions {
  /** How many slopes: 1 for all unless said, or one a channel. */
  readonly numParameters?: number;
  /** The slope to begin with: ¼ unless said. */
  readonly init?: number;
  /** Dtype of the slopes; the default dtype unless said. */
  readonly dtype?: DType;
}

/**
 * x above 0, weight·x at and below it, with a weight that is learned, one for all or one a channel along axis 1:
 * `torch.nn.PReLU`. He et al. (2015).
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { PReLU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new PReLU({ numParameters: 2, init: 0.5 });
 * assertEquals(await layer.forward(tensor([[-2, 3], [1, -4]])).array(), [[-1, 3], [1, -2]]);
 * assertEquals(layer.weight.shape, [2]);
 * ```
 */
export class PReLU extends Module {
  /** `[numParameters]`. */
  readonly weight: Tensor;

  /** A layer whose slopes are all the same. */
  constructor(options: PReLUOptions = {}) {
    super();
    checkOptions("make a PReLU", options, { numParameters: 1, init: 0, dtype: null });
    const { numParameters = 1, init = 0.25, dtype } = options;
    if (!Number.isInteger(numParameters) || numParameters < 1) {
      throw new RangeError(
        `Cannot make a PReLU with ${numParameters} parameters: an integer from 1 is needed`,
      );
    }
    checkSetting("make a PReLU", "slope", init);
    this.weight = full([numParameters], init, { requiresGrad: true, ...(dtype && { dtype }) });
  }

  /** `x` with what is below 0 times the weight. */
  override forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }

  /** `PReLU(1)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.weight.size})`;
  }
}
