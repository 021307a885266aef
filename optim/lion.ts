/** Steps by the signs of an average of gradients. */
import { defineUpdates, e, type Tensor } from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import type { Cells, Optimizable, OptimizerOptions } from "./parameters.ts";
import { average, decayed, zerosFor } from "./rule.ts";
import { checkBetas, checkNotNegatives, settled } from "./settings.ts";

/**
 * What {@link Lion} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface LionOptions extends Partial<OptimizerOptions> {
  /** How much of the average is in a step, and how much of it stays; 0.9 and 0.99 unless said. */
  readonly betas?: readonly [number, number];
  /** A parameter is multiplied by 1 - learningRate·weightDecay in each step; 0 unless said. */
  readonly weightDecay?: number;
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * The settings of a group of {@link Lion}, none left out.
 *
 * @category Optimizers
 */
export type LionSettings = Required<LionOptions>;

/**
 * What {@link Lion} remembers of a parameter.
 *
 * @category Optimizers
 */
export type LionState = {
  /** The average of gradients. */
  expAvg?: Tensor;
};

/**
 * What {@link Lion} computes with that follows from its settings.
 *
 * @category Optimizers
 */
export type LionDerived = Readonly<Record<"beta1" | "inflow1" | "beta2" | "inflow2", number>>;

const defaults = {
  learningRate: 1e-4,
  betas: [0.9, 0.99] as const,
  weightDecay: 0,
  maximize: false,
  nonFinite: "take" as const,
};

const adapt = /* @__PURE__ */ defineUpdates(
  "adapt",
  (m, p, g, beta1, inflow1, beta2, inflow2, sign, decay, rate) => {
    const d = e.mul(sign, g), ahead = e.sign(average(m, d, beta1, inflow1));
    return [average(m, d, beta2, inflow2), e.sub(decayed(p, rate, decay), e.mul(rate, ahead))];
  },
);

/**
 * Lion (Chen et al., 2023), which PyTorch lacks, with the defaults of the paper: of d = ±g and the average m,
 *
 * - p = p·(1 - learningRate·weightDecay) - learningRate·sign(β₁·m + (1 - β₁)·d);
 * - m = β₂·m + (1 - β₂)·d.
 *
 * Betas that are not from 0 to below 1 and negative settings are a `RangeError`.
 *
 * @category Optimizers
 */
export class Lion extends Optimizer<LionSettings, LionState, LionDerived> {
  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<LionOptions>, options?: LionOptions) {
    super(parameters, settled("adapt", options, defaults));
  }

  /** Refuses betas that are not from 0 to below 1, and what is negative. */
  protected override check({ betas, weightDecay }: LionSettings): void {
    checkBetas(betas);
    checkNotNegatives({ "weight decay": weightDecay });
  }

  /** The betas one by one, and what enters. */
  protected override derived({ betas: [beta1, beta2] }: LionSettings): LionDerived {
    return { beta1, inflow1: 1 - beta1, beta2, inflow2: 1 - beta2 };
  }

  /** One step of one parameter: one kernel. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    { maximize }: LionSettings,
    state: LionState,
    { beta1, inflow1, beta2, inflow2, weightDecay, learningRate }: Cells<LionSettings & LionDerived>,
  ): void {
    const m = state.expAvg ??= zerosFor(parameter), sign = maximize ? -1 : 1;
    adapt([m, parameter], gradient, beta1, inflow1, beta2, inflow2, sign, weightDecay, learningRate);
  }
}
