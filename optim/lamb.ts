/** Adam whose steps are in proportion to the parameters. */
import { defineUpdate, defineUpdates, e, type Tensor } from "@tapegrad/core";
import { momentDefaults, MomentOptimizer, type MomentOptions, type Moments } from "./adaptive.ts";
import type { Pace } from "./pace.ts";
import type { Cells, Optimizable } from "./parameters.ts";
import { average, filled, lengthOf, zerosFor } from "./rule.ts";

/**
 * What {@link LAMB} may be told, or one of its groups; `eps` is 1e-6 and `weightDecay` 0.01 unless said.
 *
 * @category Optimizers
 */
export interface LAMBOptions extends MomentOptions {}

/**
 * The settings of a group of {@link LAMB}, none left out.
 *
 * @category Optimizers
 */
export type LAMBSettings = Required<LAMBOptions>;

/**
 * What {@link LAMB} remembers of a parameter.
 *
 * @category Optimizers
 */
export type LAMBState = {
  /** How many steps were made. */
  steps?: Tensor;
  /** How much of `expAvg` is filled. */
  correction1?: Tensor;
  /** The root of how much of `expAvgSq` is filled. */
  correction2?: Tensor;
  /** The average of gradients. */
  expAvg?: Tensor;
  /** The average of their squares. */
  expAvgSq?: Tensor;
};

const defaults = { ...momentDefaults, eps: 1e-6, weightDecay: 0.01 };

const unbias = /* @__PURE__ */ defineUpdates("unbias", (_first, _second, steps, logBeta1, logBeta2) => {
  const t = e.add(steps, 1);
  return [filled(logBeta1, t), e.sqrt(filled(logBeta2, t)), t];
});

const propose = /* @__PURE__ */ defineUpdates(
  "propose",
  (m, v, _u, p, g, beta1, inflow1, beta2, inflow2, sign, decay, correction1, correction2, eps) => {
    const d = e.mul(sign, g),
      m1 = average(m, d, beta1, inflow1),
      v1 = average(v, e.square(d), beta2, inflow2);
    const adapted = e.div(e.div(m1, correction1), e.add(e.div(e.sqrt(v1), correction2), eps));
    return [m1, v1, e.add(adapted, e.mul(decay, p))];
  },
);

const descend = /* @__PURE__ */ defineUpdate("descend", (p, u, length, stride, rate) => {
  const trust = e.select(e.gt(e.mul(length, stride), 0), e.div(length, stride), 1);
  return e.sub(p, e.mul(e.mul(rate, trust), u));
});

/**
 * LAMB (You et al., 2020), which PyTorch lacks, for large batches: with m̂ and v̂ of {@link Adam},
 * u = m̂/(√v̂ + eps) + weightDecay·p and p = p - learningRate·‖p‖/‖u‖·u, where ‖p‖/‖u‖ is 1 if either is 0. A step is a
 * kernel for the averages and u, two for each norm, and one for p.
 *
 * Betas that are not from 0 to below 1 and negative settings are a `RangeError`.
 *
 * @category Optimizers
 */
export class LAMB extends MomentOptimizer<LAMBSettings, LAMBState> {
  /** The bias of the averages, which all parameters share that step together. */
  protected override readonly pace: Pace<Cells<LAMBSettings & Moments>> = {
    start: { correction1: 0, correction2: 0 },
    advance: (numbers, { logBeta1, logBeta2 }) => unbias(numbers, logBeta1, logBeta2),
  };

  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<LAMBOptions>, options?: LAMBOptions) {
    super(parameters, options, defaults);
  }

  /** One step of one parameter. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    { maximize }: LAMBSettings,
    state: LAMBState,
    { beta1, inflow1, beta2, inflow2, weightDecay, eps, learningRate }: Cells<LAMBSettings & Moments>,
  ): void {
    const u = parameter.zerosLike(),
      averages = [state.expAvg ??= zerosFor(parameter), state.expAvgSq ??= zerosFor(parameter)];
    const { correction1, correction2 } = state as Required<LAMBState>,
      averaging = [beta1, inflow1, beta2, inflow2];
    const sign = maximize ? -1 : 1;
    propose(
      [...averages, u],
      parameter,
      gradient,
      ...averaging,
      sign,
      weightDecay,
      correction1,
      correction2,
      eps,
    );
    descend(parameter, u, lengthOf(parameter), lengthOf(u), learningRate);
  }
}
