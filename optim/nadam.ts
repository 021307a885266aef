/** Adam that looks ahead. */
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
import { checkNotNegatives } from "./settings.ts";

/**
 * What {@link NAdam} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface NAdamOptions extends AdaptiveOptions {
  /** How fast the momentum comes to its full; 0.004 unless said. */
  readonly momentumDecay?: number;
}

/**
 * The settings of a group of {@link NAdam}, none left out.
 *
 * @category Optimizers
 */
export type NAdamSettings = Required<NAdamOptions>;

/**
 * What {@link NAdam} remembers of a parameter.
 *
 * @category Optimizers
 */
export type NAdamState = AdaptiveState & {
  /** The product of the momentums μ of all steps. */
  muProduct?: Tensor;
  /** What the gradient is multiplied by in the last step. */
  gradientSize?: Tensor;
  /** What the average is multiplied by. */
  averageSize?: Tensor;
  /** How much of `expAvgSq` is filled. */
  correction?: Tensor;
};

const defaults = {
  ...momentDefaults,
  learningRate: 2e-3,
  decoupledWeightDecay: false,
  momentumDecay: 4e-3,
};

function momentum(beta1: Expr, decay: Expr, t: Expr): Expr {
  return e.mul(beta1, e.sub(1, e.mul(0.5, e.exp(e.mul(Math.log(0.96), e.mul(t, decay))))));
}

const foresee = /* @__PURE__ */ defineUpdates(
  "foresee",
  (product, _gradientSize, _averageSize, _correction, steps, rate, beta1, logBeta2, decay) => {
    const t = e.add(steps, 1), mu = momentum(beta1, decay, t), next = momentum(beta1, decay, e.add(t, 1));
    const product1 = e.mul(product, mu);
    return [
      product1,
      e.div(e.mul(rate, e.sub(1, mu)), e.sub(1, product1)),
      e.div(e.mul(rate, next), e.sub(1, e.mul(product1, e.mul(mu, next)))),
      filled(logBeta2, t),
      t,
    ];
  },
);

const adapt = /* @__PURE__ */ striding((d, m, v, eps, ofGradient, ofAverage, correction) =>
  e.div(
    e.add(e.mul(ofGradient, d), e.mul(ofAverage, m)),
    e.add(e.sqrt(e.div(v, correction)), eps),
  )
);

/**
 * Adam with Nesterov's momentum (Dozat, 2016), as PyTorch's: with the averages of {@link Adam} and
 * μₜ = β₁·(1 - 0.96^(t·momentumDecay)/2), in the t-th step
 *
 * - p = p - learningRate·((1 - μₜ)·d/(1 - μ₁⋯μₜ) + μₜ₊₁·m/(1 - μ₁⋯μₜ₊₁))/(√v̂ + eps).
 *
 * Betas that are not from 0 to below 1 and negative settings are a `RangeError`.
 *
 * @category Optimizers
 */
export class NAdam extends AdaptiveOptimizer<NAdamSettings, NAdamState> {
  /** The momentum and the bias, which all parameters share that step together. */
  protected override readonly pace: Pace<Cells<NAdamSettings & Moments>> = {
    start: { muProduct: 1, gradientSize: 0, averageSize: 0, correction: 0 },
    advance: (numbers, { learningRate, beta1, logBeta2, momentumDecay }) =>
      foresee(numbers, learningRate, beta1, logBeta2, momentumDecay),
  };
  /** Those that a stride takes. */
  protected override readonly numbers = ["gradientSize", "averageSize", "correction"];

  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<NAdamOptions>, options?: NAdamOptions) {
    super(parameters, options, defaults);
  }

  /** Refuses betas that are not from 0 to below 1, and what is negative. */
  protected override check(options: NAdamSettings): void {
    super.check(options);
    checkNotNegatives({ "momentum decay": options.momentumDecay });
  }

  /** One kernel. */
  protected override strides(): readonly JointUpdate[] {
    return adapt;
  }
}
