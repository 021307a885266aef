/** Adam and its kin that only the decay of weights tells apart. */
import { defineUpdates, e, type Expr, type JointUpdate, type Tensor } from "@tapegrad/core";
import {
  AdaptiveOptimizer,
  type AdaptiveOptions,
  type AdaptiveState,
  momentDefaults,
  type Moments,
  striding,
} from "./adaptive.ts";
import type { Pace } from "./pace.ts";
import type { Cells, Optimizable } from "./parameters.ts";
import { filled, zerosFor } from "./rule.ts";

/**
 * What {@link Adam} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface AdamOptions extends AdaptiveOptions {
  /** Divide by the largest average of squares so far (Reddi et al., 2018). */
  readonly amsgrad?: boolean;
}

/**
 * The settings of a group of {@link Adam}, none left out.
 *
 * @category Optimizers
 */
export type AdamSettings = Required<AdamOptions>;

/**
 * What {@link Adam} remembers of a parameter.
 *
 * @category Optimizers
 */
export type AdamState = AdaptiveState & {
  /** The learning rate of the last step, divided by how much of `expAvg` is filled. */
  stepSize?: Tensor;
  /** The root of how much of `expAvgSq` is filled. */
  correction?: Tensor;
  /** The largest `expAvgSq` so far, of `amsgrad`. */
  maxExpAvgSq?: Tensor;
};

const ours = { ...momentDefaults, decoupledWeightDecay: false, amsgrad: false };

const unbias = /* @__PURE__ */ defineUpdates(
  "unbias",
  (_size, _correction, steps, rate, logBeta1, logBeta2) => {
    const t = e.add(steps, 1);
    return [e.div(rate, filled(logBeta1, t)), e.sqrt(filled(logBeta2, t)), t];
  },
);

// stepSize·m/(√v/correction + eps)
function stride(_d: Expr, m: Expr, v: Expr, eps: Expr, size: Expr, correction: Expr): Expr {
  return e.div(e.mul(size, m), e.add(e.div(e.sqrt(v), correction), eps));
}

const adapt = /* @__PURE__ */ striding(stride), adaptToMost = /* @__PURE__ */ striding(stride, true);

/**
 * Adam (Kingma & Ba, 2015), as PyTorch's, for parameters p with gradients g in the t-th step:
 *
 * - d = ±g + weightDecay·p, with the minus sign to maximize;
 * - m = β₁·m + (1 - β₁)·d and v = β₂·v + (1 - β₂)·d²;
 * - p = p - learningRate·m̂/(√v̂ + eps), with m̂ = m/(1 - β₁ᵗ) and v̂ = v/(1 - β₂ᵗ), or of `amsgrad` the largest v so far.
 *
 * Betas that are not from 0 to below 1 and negative settings are a `RangeError`.
 *
 * @category Optimizers
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { Adam } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = variable([-3, 300]), optimizer = new Adam([x], { learningRate: 0.1 });
 * x.square().sum().backward();
 * optimizer.step();
 * // The first step is as long as the learning rate, however steep it is.
 * const [a, b] = await x.data();
 * assertAlmostEquals(a, -2.9, 1e-5);
 * assertAlmostEquals(b, 299.9, 1e-4);
 * ```
 */
export class Adam extends AdaptiveOptimizer<AdamSettings, AdamState> {
  /** The bias of the averages, which all parameters share that step together. */
  protected override readonly pace: Pace<Cells<AdamSettings & Moments>> = {
    start: { stepSize: 0, correction: 0 },
    advance: (numbers, { learningRate, logBeta1, logBeta2 }) =>
      unbias(numbers, learningRate, logBeta1, logBeta2),
  };
  /** Those that a stride takes. */
  protected override readonly numbers = ["stepSize", "correction"];

  /** Descends along the gradients of `parameters`; `defaults` are those of a subclass, where they differ. */
  constructor(parameters: Optimizable<AdamOptions>, options?: AdamOptions, defaults?: AdamOptions) {
    super(parameters, options, { ...ours, ...defaults });
  }

  /** One kernel, with a third average for `amsgrad`. */
  protected override strides({ amsgrad }: AdamSettings): readonly JointUpdate[] {
    return amsgrad ? adaptToMost : adapt;
  }

  /** The averages and the parameter. */
  protected override targets(parameter: Tensor, state: AdamState, options: AdamSettings): Tensor[] {
    const [m, v, p] = super.targets(parameter, state, options);
    return options.amsgrad ? [m, v, state.maxExpAvgSq ??= zerosFor(parameter), p] : [m, v, p];
  }
}
