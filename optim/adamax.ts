/** Adam by the largest gradient instead of the average of squares. */
import { defineUpdates, e, type Tensor } from "@tapegrad/core";
import { momentDefaults, MomentOptimizer, type MomentOptions, type Moments } from "./adaptive.ts";
import type { Pace } from "./pace.ts";
import type { Cells, Optimizable } from "./parameters.ts";
import { average, direction, filled, zerosFor } from "./rule.ts";

/**
 * What {@link Adamax} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface AdamaxOptions extends MomentOptions {}

/**
 * The settings of a group of {@link Adamax}, none left out.
 *
 * @category Optimizers
 */
export type AdamaxSettings = Required<AdamaxOptions>;

/**
 * What {@link Adamax} remembers of a parameter.
 *
 * @category Optimizers
 */
export type AdamaxState = {
  /** How many steps were made. */
  steps?: Tensor;
  /** The learning rate of the last step, divided by how much of `expAvg` is filled. */
  stepSize?: Tensor;
  /** The average of gradients. */
  expAvg?: Tensor;
  /** The largest gradient, which fades. */
  expInf?: Tensor;
};

const defaults = { ...momentDefaults, learningRate: 2e-3 };

const unbias = /* @__PURE__ */ defineUpdates("unbias", (_size, steps, rate, logBeta1) => {
  const t = e.add(steps, 1);
  return [e.div(rate, filled(logBeta1, t)), t];
});

const adapt = /* @__PURE__ */ defineUpdates(
  "adapt",
  (m, u, p, g, beta1, inflow1, beta2, sign, decay, size, eps) => {
    const d = direction(g, p, sign, decay), m1 = average(m, d, beta1, inflow1);
    const u1 = e.maximum(e.mul(beta2, u), e.add(e.abs(d), eps));
    return [m1, u1, e.sub(p, e.div(e.mul(size, m1), u1))];
  },
);

/**
 * Adam by the infinity norm (Kingma & Ba, 2015), as PyTorch's: with m of {@link Adam} and
 * u = max(β₂·u, |d| + eps), in the t-th step p = p - learningRate·m̂/u.
 *
 * Betas that are not from 0 to below 1 and negative settings are a `RangeError`.
 *
 * @category Optimizers
 */
export class Adamax extends MomentOptimizer<AdamaxSettings, AdamaxState> {
  /** The bias of the average, which all parameters share that step together. */
  protected override readonly pace: Pace<Cells<AdamaxSettings & Moments>> = {
    start: { stepSize: 0 },
    advance: (numbers, { learningRate, logBeta1 }) => unbias(numbers, learningRate, logBeta1),
  };

  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<AdamaxOptions>, options?: AdamaxOptions) {
    super(parameters, options, defaults);
  }

  /** One step of one parameter: one kernel. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    { maximize }: AdamaxSettings,
    state: AdamaxState,
    { beta1, inflow1, beta2, weightDecay, eps }: Cells<AdamaxSettings & Moments>,
  ): void {
    const targets = [state.expAvg ??= zerosFor(parameter), state.expInf ??= zerosFor(parameter), parameter];
    const sign = maximize ? -1 : 1;
    adapt(targets, gradient, beta1, inflow1, beta2, sign, weightDecay, state.stepSize!, eps);
  }
}
