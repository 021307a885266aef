/** Steps as long as those that were, by the gradients that were. */
import { checkSetting, defineUpdates, e, type Tensor } from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import type { Cells, Optimizable, OptimizerOptions } from "./parameters.ts";
import { average, direction, zerosFor } from "./rule.ts";
import { checkNotNegatives, settled } from "./settings.ts";

/**
 * What {@link Adadelta} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface AdadeltaOptions extends Partial<OptimizerOptions> {
  /** How much of the averages of squares stays from step to step; 0.9 unless said. */
  readonly rho?: number;
  /** Added to the averages of squares; 1e-6 unless said. */
  readonly eps?: number;
  /** Times the parameter, this is added to the gradient; 0 unless said. */
  readonly weightDecay?: number;
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * The settings of a group of {@link Adadelta}, none left out.
 *
 * @category Optimizers
 */
export type AdadeltaSettings = Required<AdadeltaOptions>;

/**
 * What {@link Adadelta} remembers of a parameter.
 *
 * @category Optimizers
 */
export type AdadeltaState = {
  /** The average of the squares of gradients. */
  squareAvg?: Tensor;
  /** The average of the squares of steps. */
  accDelta?: Tensor;
};

/**
 * What {@link Adadelta} computes with that follows from its settings.
 *
 * @category Optimizers
 */
export type AdadeltaDerived = {
  /** How much enters the averages. */
  readonly inflow: number;
};

const defaults = {
  learningRate: 1,
  rho: 0.9,
  eps: 1e-6,
  weightDecay: 0,
  maximize: false,
  nonFinite: "take" as const,
};

const adapt = /* @__PURE__ */ defineUpdates(
  "adapt",
  (v, steps, p, g, sign, decay, rate, rho, inflow, eps) => {
    const d = direction(g, p, sign, decay), v1 = average(v, e.square(d), rho, inflow);
    const step = e.mul(e.div(e.sqrt(e.add(steps, eps)), e.sqrt(e.add(v1, eps))), d);
    return [v1, average(steps, e.square(step), rho, inflow), e.sub(p, e.mul(rate, step))];
  },
);

/**
 * Adadelta (Zeiler, 2012), as PyTorch's: with d = ±g + weightDecay·p, the average v of d² and the average u of Δ²,
 * of which rho stays in each step, Δ = √(u + eps)/√(v + eps)·d and p = p - learningRate·Δ.
 *
 * A rho that is not from 0 to 1 and negative settings are a `RangeError`.
 *
 * @category Optimizers
 */
export class Adadelta extends Optimizer<AdadeltaSettings, AdadeltaState, AdadeltaDerived> {
  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<AdadeltaOptions>, options?: AdadeltaOptions) {
    super(parameters, settled("adapt", options, defaults));
  }

  /** Refuses a rho that is not from 0 to 1, and what is negative. */
  protected override check({ rho, eps, weightDecay }: AdadeltaSettings): void {
    checkSetting("optimise", "rho", rho, 0, 1);
    checkNotNegatives({ eps, "weight decay": weightDecay });
  }

  /** What enters an average of which rho stays. */
  protected override derived({ rho }: AdadeltaSettings): AdadeltaDerived {
    return { inflow: 1 - rho };
  }

  /** One step of one parameter: one kernel. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    { maximize }: AdadeltaSettings,
    state: AdadeltaState,
    { learningRate, rho, inflow, weightDecay, eps }: Cells<AdadeltaSettings & AdadeltaDerived>,
  ): void {
    const targets = [
      state.squareAvg ??= zerosFor(parameter),
      state.accDelta ??= zerosFor(parameter),
      parameter,
    ];
    adapt(targets, gradient, maximize ? -1 : 1, weightDecay, learningRate, rho, inflow, eps);
  }
}
