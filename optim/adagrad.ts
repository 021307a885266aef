/** Steps that shrink by the gradients that were. */
import { defineUpdates, e, full, keep, type Tensor } from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import type { Pace } from "./pace.ts";
import type { Cells, Optimizable, OptimizerOptions } from "./parameters.ts";
import { direction } from "./rule.ts";
import { checkNotNegatives, settled } from "./settings.ts";

/**
 * What {@link Adagrad} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface AdagradOptions extends Partial<OptimizerOptions> {
  /** How fast the learning rate falls by itself, to learningRate/(1 + t·learningRateDecay); 0 unless said. */
  readonly learningRateDecay?: number;
  /** Times the parameter, this is added to the gradient; 0 unless said. */
  readonly weightDecay?: number;
  /** What the sum of squares begins with; 0 unless said. */
  readonly initialAccumulatorValue?: number;
  /** Added to the root of the sum of squares; 1e-10 unless said. */
  readonly eps?: number;
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * The settings of a group of {@link Adagrad}, none left out.
 *
 * @category Optimizers
 */
export type AdagradSettings = Required<AdagradOptions>;

/**
 * What {@link Adagrad} remembers of a parameter.
 *
 * @category Optimizers
 */
export type AdagradState = {
  /** How many steps were made. */
  steps?: Tensor;
  /** The learning rate of the last step. */
  stepSize?: Tensor;
  /** The sum of the squares of gradients. */
  sum?: Tensor;
};

const defaults = {
  learningRate: 1e-2,
  learningRateDecay: 0,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
  maximize: false,
  nonFinite: "take" as const,
};

const slow = /* @__PURE__ */ defineUpdates(
  "slow",
  (_size, steps, rate, decay) => [e.div(rate, e.add(1, e.mul(steps, decay))), e.add(steps, 1)],
);

const adapt = /* @__PURE__ */ defineUpdates("adapt", (sum, p, g, sign, decay, size, eps) => {
  const d = direction(g, p, sign, decay), sum1 = e.add(sum, e.square(d));
  return [sum1, e.sub(p, e.div(e.mul(size, d), e.add(e.sqrt(sum1), eps)))];
});

/**
 * Adagrad (Duchi et al., 2011), as PyTorch's: with d = ±g + weightDecay·p and the sum s = s + d², in the t-th step
 * p = p - learningRate/(1 + (t - 1)·learningRateDecay)·d/(√s + eps).
 *
 * Negative settings are a `RangeError`.
 *
 * @category Optimizers
 */
export class Adagrad extends Optimizer<AdagradSettings, AdagradState> {
  /** The learning rate, which all parameters share that step together. */
  protected override readonly pace: Pace<Cells<AdagradSettings>> = {
    start: { stepSize: 0 },
    advance: (numbers, { learningRate, learningRateDecay }) => slow(numbers, learningRate, learningRateDecay),
  };

  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<AdagradOptions>, options?: AdagradOptions) {
    super(parameters, settled("adapt", options, defaults));
  }

  /** Refuses what is negative. */
  protected override check({ learningRateDecay, weightDecay, ...others }: AdagradSettings): void {
    const { initialAccumulatorValue, eps } = others;
    checkNotNegatives({ "learning rate decay": learningRateDecay, "weight decay": weightDecay, eps });
    checkNotNegatives({ "initial accumulator value": initialAccumulatorValue });
  }

  /** One step of one parameter: one kernel. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    { maximize, initialAccumulatorValue: first }: AdagradSettings,
    state: AdagradState,
    { weightDecay, eps }: Cells<AdagradSettings>,
  ): void {
    const { shape, dtype, backend } = parameter,
      sum = state.sum ??= keep(full(shape, first, { dtype, backend }));
    adapt([sum, parameter], gradient, maximize ? -1 : 1, weightDecay, state.stepSize!, eps);
  }
}
