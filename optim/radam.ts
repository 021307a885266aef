/** Adam that waits until its averages can be trusted. */
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
import { filled } from "./rule.ts";

/**
 * What {@link RAdam} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface RAdamOptions extends AdaptiveOptions {}

/**
 * The settings of a group of {@link RAdam}, none left out.
 *
 * @category Optimizers
 */
export type RAdamSettings = Required<RAdamOptions>;

/**
 * What {@link RAdam} remembers of a parameter.
 *
 * @category Optimizers
 */
export type RAdamState = AdaptiveState & {
  /** The learning rate of the last step, divided by how much of `expAvg` is filled. */
  stepSize?: Tensor;
  /** What is divided by the root of `expAvgSq`; 0 where that is not to be trusted yet. */
  rectification?: Tensor;
};

/**
 * What {@link RAdam} computes with that follows from its settings.
 *
 * @category Optimizers
 */
export type RAdamDerived = Moments & {
  /** The length that the average of squares comes to. */
  readonly rho: number;
};

const defaults = { ...momentDefaults, decoupledWeightDecay: false };

function product(length: Expr): Expr {
  return e.mul(e.sub(length, 4), e.sub(length, 2));
}

const rectify = /* @__PURE__ */ defineUpdates(
  "rectify",
  (_size, _rectification, steps, rate, logBeta1, logBeta2, rho) => {
    const t = e.add(steps, 1), full = filled(logBeta2, t);
    const length = e.sub(rho, e.div(e.mul(e.mul(2, t), e.exp(e.mul(logBeta2, t))), full));
    const variance = e.div(e.mul(product(length), rho), e.mul(product(rho), length));
    const trusted = e.sqrt(e.mul(variance, full));
    return [e.div(rate, filled(logBeta1, t)), e.select(e.gt(length, 5), trusted, 0), t];
  },
);

const adapt = /* @__PURE__ */ striding((_d, m, v, eps, size, rectification) => {
  const adapted = e.div(rectification, e.add(e.sqrt(v), eps));
  return e.mul(e.mul(size, m), e.select(e.gt(rectification, 0), adapted, 1));
});

/**
 * Adam with a rectified variance (Liu et al., 2020), as PyTorch's: with the averages of {@link Adam} and the length of
 * that of squares, ρₜ = ρ - 2t·β₂ᵗ/(1 - β₂ᵗ) of ρ = 2/(1 - β₂) - 1, in the t-th step
 *
 * - p = p - learningRate·m̂·r·√(1 - β₂ᵗ)/(√v + eps) with r² = (ρₜ-4)(ρₜ-2)ρ/((ρ-4)(ρ-2)ρₜ), where ρₜ > 5;
 * - p = p - learningRate·m̂ before.
 *
 * Betas that are not from 0 to below 1 and negative settings are a `RangeError`.
 *
 * @category Optimizers
 */
export class RAdam extends AdaptiveOptimizer<RAdamSettings, RAdamState, RAdamDerived> {
  /** The bias and the rectification, which all parameters share that step together. */
  protected override readonly pace: Pace<Cells<RAdamSettings & RAdamDerived>> = {
    start: { stepSize: 0, rectification: 0 },
    advance: (numbers, { learningRate, logBeta1, logBeta2, rho }) =>
      rectify(numbers, learningRate, logBeta1, logBeta2, rho),
  };
  /** Those that a stride takes. */
  protected override readonly numbers = ["stepSize", "rectification"];

  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<RAdamOptions>, options?: RAdamOptions) {
    super(parameters, options, defaults);
  }

  /** What follows from the betas. */
  protected override derived(options: RAdamSettings): RAdamDerived {
    return { ...super.derived(options), rho: 2 / (1 - options.betas[1]) - 1 };
  }

  /** One kernel. */
  protected override strides(): readonly JointUpdate[] {
    return adapt;
  }
}
