/** Gradient descent whose path is averaged. */
import { defineUpdates, e, type Tensor } from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import type { Pace } from "./pace.ts";
import type { Cells, Optimizable, OptimizerOptions } from "./parameters.ts";
import { decayed, direction, zerosFor } from "./rule.ts";
import { checkNotNegatives, settled } from "./settings.ts";

/**
 * What {@link ASGD} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface ASGDOptions extends Partial<OptimizerOptions> {
  /** How fast parameters decay, and with `alpha` the learning rate; 1e-4 unless said. */
  readonly lambd?: number;
  /** The power by which the learning rate falls; 0.75 unless said. */
  readonly alpha?: number;
  /** From which step on the average is one; 1e6 unless said. */
  readonly t0?: number;
  /** Times the parameter, this is added to the gradient; 0 unless said. */
  readonly weightDecay?: number;
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * The settings of a group of {@link ASGD}, none left out.
 *
 * @category Optimizers
 */
export type ASGDSettings = Required<ASGDOptions>;

/**
 * What {@link ASGD} remembers of a parameter.
 *
 * @category Optimizers
 */
export type ASGDState = {
  /** How many steps were made. */
  steps?: Tensor;
  /** The learning rate of the next step. */
  eta?: Tensor;
  /** How much of the parameter enters the average in the next step. */
  mu?: Tensor;
  /** The learning rate of the last step. */
  stepSize?: Tensor;
  /** How much entered the average in the last step. */
  share?: Tensor;
  /** The average of the parameter. */
  ax?: Tensor;
};

const defaults = {
  learningRate: 1e-2,
  lambd: 1e-4,
  alpha: 0.75,
  t0: 1e6,
  weightDecay: 0,
  maximize: false,
  nonFinite: "take" as const,
};

const slow = /* @__PURE__ */ defineUpdates(
  "slow",
  (eta, mu, _size, _share, steps, rate, lambd, alpha, t0) => {
    const t = e.add(steps, 1), falling = e.pow(e.add(1, e.mul(e.mul(lambd, rate), t)), alpha);
    return [
      e.div(rate, falling),
      e.div(1, e.maximum(1, e.sub(t, t0))),
      e.select(e.eq(steps, 0), rate, eta),
      mu,
      t,
    ];
  },
);

const descend = /* @__PURE__ */ defineUpdates(
  "descend",
  (mean, p, g, sign, decay, lambd, size, share) => {
    const p1 = e.sub(decayed(p, size, lambd), e.mul(size, direction(g, p, sign, decay)));
    return [e.select(e.eq(share, 1), p1, e.add(mean, e.mul(share, e.sub(p1, mean)))), p1];
  },
);

/**
 * Averaged gradient descent (Polyak & Juditsky, 1992), as PyTorch's: with d = ±g + weightDecay·p, in the t-th step
 *
 * - p = p·(1 - lambd·η) - η·d;
 * - ax = ax + μ·(p - ax), which is in the state;
 * - η = learningRate/(1 + lambd·learningRate·t)^alpha and μ = 1/max(1, t - t0) of the next step.
 *
 * Negative settings are a `RangeError`.
 *
 * @category Optimizers
 */
export class ASGD extends Optimizer<ASGDSettings, ASGDState> {
  /** η and μ, which all parameters share that step together. */
  protected override readonly pace: Pace<Cells<ASGDSettings>> = {
    start: { eta: 0, mu: 1, stepSize: 0, share: 1 },
    advance: (numbers, { learningRate, lambd, alpha, t0 }) => slow(numbers, learningRate, lambd, alpha, t0),
  };

  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<ASGDOptions>, options?: ASGDOptions) {
    super(parameters, settled("descend", options, defaults));
  }

  /** Refuses what is negative. */
  protected override check({ lambd, alpha, t0, weightDecay }: ASGDSettings): void {
    checkNotNegatives({ lambd, alpha, t0, "weight decay": weightDecay });
  }

  /** One step of one parameter: one kernel. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    { maximize }: ASGDSettings,
    state: ASGDState,
    { weightDecay, lambd }: Cells<ASGDSettings>,
  ): void {
    const mean = state.ax ??= zerosFor(parameter), { stepSize, share } = state as Required<ASGDState>;
    descend([mean, parameter], gradient, maximize ? -1 : 1, weightDecay, lambd, stepSize, share);
  }
}
