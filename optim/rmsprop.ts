/** Gradients by the root of the average of their squares. */
import { defineUpdates, e, type Expr, type JointUpdate, type Tensor } from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import type { Cells, Optimizable, OptimizerOptions } from "./parameters.ts";
import { average, direction, zerosFor } from "./rule.ts";
import { checkNotNegatives, settled } from "./settings.ts";

/**
 * What {@link RMSprop} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface RMSpropOptions extends Partial<OptimizerOptions> {
  /** How much of the averages stays from step to step; 0.99 unless said. */
  readonly alpha?: number;
  /** Added to the root of the average of squares; 1e-8 unless said. */
  readonly eps?: number;
  /** Times the parameter, this is added to the gradient; 0 unless said. */
  readonly weightDecay?: number;
  /** How much of the velocity stays from step to step; 0 unless said. */
  readonly momentum?: number;
  /** Divide by the root of the variance instead. */
  readonly centered?: boolean;
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * The settings of a group of {@link RMSprop}, none left out.
 *
 * @category Optimizers
 */
export type RMSpropSettings = Required<RMSpropOptions>;

/**
 * What {@link RMSprop} remembers of a parameter.
 *
 * @category Optimizers
 */
export type RMSpropState = {
  /** The average of the squares of gradients. */
  squareAvg?: Tensor;
  /** The average of gradients, where it is centered. */
  gradAvg?: Tensor;
  /** The velocity, where there is momentum. */
  momentumBuffer?: Tensor;
};

/**
 * What {@link RMSprop} computes with that follows from its settings.
 *
 * @category Optimizers
 */
export type RMSpropDerived = {
  /** How much enters the averages. */
  readonly inflow: number;
};

const defaults = {
  learningRate: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
  nonFinite: "take" as const,
};

// What changes: the average of squares, that of gradients where it is centered, the velocity where there is momentum,
// and the parameter.
function adapts(centered: boolean, moving: boolean): JointUpdate {
  const build = (v: Expr, ...others: Expr[]): Expr[] => {
    const means = others.splice(0, Number(centered)), velocities = others.splice(0, Number(moving));
    const [p, g, sign, decay, rate, alpha, inflow, momentum, eps] = others;
    const d = direction(g, p, sign, decay), v1 = average(v, e.square(d), alpha, inflow);
    const means1 = means.map((mean) => average(mean, d, alpha, inflow));
    const variance = means1.reduce((rest, mean) => e.sub(rest, e.square(mean)), v1);
    const scaled = e.div(d, e.add(e.sqrt(variance), eps));
    const velocities1 = velocities.map((velocity) => e.add(e.mul(momentum, velocity), scaled));
    return [v1, ...means1, ...velocities1, e.sub(p, e.mul(rate, velocities1[0] ?? scaled))];
  };
  return defineUpdates("adapt", build, 10 + Number(centered) + Number(moving));
}

const flags = [false, true];
const adapt = /* @__PURE__ */ flags.map((centered) => flags.map((moving) => adapts(centered, moving)));

/**
 * RMSprop (Hinton, 2012), as PyTorch's: with d = ±g + weightDecay·p and the averages v of d² and a of d, of which alpha
 * stays in each step,
 *
 * - s = d/(√v + eps), or d/(√(v - a²) + eps) where it is centered;
 * - p = p - learningRate·s, or with momentum b = momentum·b + s and p = p - learningRate·b.
 *
 * Negative settings are a `RangeError`.
 *
 * @category Optimizers
 */
export class RMSprop extends Optimizer<RMSpropSettings, RMSpropState, RMSpropDerived> {
  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<RMSpropOptions>, options?: RMSpropOptions) {
    super(parameters, settled("adapt", options, defaults));
  }

  /** Refuses what is negative. */
  protected override check({ alpha, eps, weightDecay, momentum }: RMSpropSettings): void {
    checkNotNegatives({ alpha, eps, "weight decay": weightDecay, momentum });
  }

  /** What enters an average of which alpha stays. */
  protected override derived({ alpha }: RMSpropSettings): RMSpropDerived {
    return { inflow: 1 - alpha };
  }

  /** One step of one parameter: one kernel. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    options: RMSpropSettings,
    state: RMSpropState,
    cells: Cells<RMSpropSettings & RMSpropDerived>,
  ): void {
    const { learningRate, alpha, inflow, weightDecay, momentum, eps } = cells;
    const { centered, maximize } = options, moving = options.momentum > 0;
    const targets = [state.squareAvg ??= zerosFor(parameter)];
    if (centered) targets.push(state.gradAvg ??= zerosFor(parameter));
    if (moving) targets.push(state.momentumBuffer ??= zerosFor(parameter));
    const change = adapt[Number(centered)][Number(moving)], sign = maximize ? -1 : 1;
    change([...targets, parameter], gradient, sign, weightDecay, learningRate, alpha, inflow, momentum, eps);
  }
}
