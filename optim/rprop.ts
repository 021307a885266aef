/** Steps by the signs of gradients alone. */
import { defineUpdates, e, full, keep, type Tensor } from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import type { Cells, Optimizable, OptimizerOptions } from "./parameters.ts";
import { zerosFor } from "./rule.ts";
import { checkNumbers, settled } from "./settings.ts";

/**
 * What {@link Rprop} may be told, or one of its groups; the learning rate is how long the first steps are.
 *
 * @category Optimizers
 */
export interface RpropOptions extends Partial<OptimizerOptions> {
  /** What steps are multiplied by where the sign of the gradient turned, and where it stayed; 0.5 and 1.2 unless said. */
  readonly etas?: readonly [number, number];
  /** The shortest step and the longest; 1e-6 and 50 unless said. */
  readonly stepSizes?: readonly [number, number];
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * The settings of a group of {@link Rprop}, none left out.
 *
 * @category Optimizers
 */
export type RpropSettings = Required<RpropOptions>;

/**
 * What {@link Rprop} remembers of a parameter.
 *
 * @category Optimizers
 */
export type RpropState = {
  /** How long the step of each element is. */
  stepSize?: Tensor;
  /** The gradient before, 0 where its sign has turned. */
  prev?: Tensor;
};

/**
 * What {@link Rprop} computes with that follows from its settings.
 *
 * @category Optimizers
 */
export type RpropDerived = Readonly<Record<"shrink" | "grow" | "shortest" | "longest", number>>;

const defaults = {
  learningRate: 1e-2,
  etas: [0.5, 1.2] as const,
  stepSizes: [1e-6, 50] as const,
  maximize: false,
  nonFinite: "take" as const,
};

const adapt = /* @__PURE__ */ defineUpdates(
  "adapt",
  (size, prev, p, g, sign, shrink, grow, shortest, longest) => {
    const d = e.mul(sign, g), turn = e.mul(d, prev), turned = e.lt(turn, 0);
    const factor = e.select(turned, shrink, e.select(e.gt(turn, 0), grow, 1));
    const size1 = e.minimum(e.maximum(e.mul(size, factor), shortest), longest);
    const kept = e.select(turned, 0, d);
    return [size1, kept, e.sub(p, e.mul(e.sign(kept), size1))];
  },
);

/**
 * Resilient propagation (Riedmiller & Braun, 1993), as PyTorch's: the step of each element grows where the sign of its
 * gradient stays, and shrinks where it turns; then the element rests for a step. For gradients of whole data sets.
 *
 * Etas that are not below and above 1 are a `RangeError`.
 *
 * @category Optimizers
 */
export class Rprop extends Optimizer<RpropSettings, RpropState, RpropDerived> {
  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<RpropOptions>, options?: RpropOptions) {
    super(parameters, settled("adapt", options, defaults));
  }

  /** Refuses etas that are not below and above 1, and step sizes out of order. */
  protected override check({ etas, stepSizes }: RpropSettings): void {
    checkNumbers("etas", etas, 2);
    checkNumbers("stepSizes", stepSizes, 2);
    const [shrink, grow] = etas, [shortest, longest] = stepSizes;
    if (!(shrink > 0 && shrink < 1 && grow > 1)) {
      throw new RangeError(
        `Cannot optimise with etas of ${shrink} and ${grow}: the first lies between 0 and 1, the other above`,
      );
    }
    if (shortest >= 0 && shortest <= longest) return;
    throw new RangeError(
      `Cannot optimise with step sizes of ${shortest} and ${longest}: the shortest comes first, from 0`,
    );
  }

  /** The settings one by one. */
  protected override derived({ etas, stepSizes }: RpropSettings): RpropDerived {
    return { shrink: etas[0], grow: etas[1], shortest: stepSizes[0], longest: stepSizes[1] };
  }

  /** One step of one parameter: one kernel. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    { maximize, learningRate }: RpropSettings,
    state: RpropState,
    { shrink, grow, shortest, longest }: Cells<RpropSettings & RpropDerived>,
  ): void {
    const { shape, dtype, backend } = parameter;
    const size = state.stepSize ??= keep(full(shape, learningRate, { dtype, backend }));
    const targets = [size, state.prev ??= zerosFor(parameter), parameter];
    adapt(targets, gradient, maximize ? -1 : 1, shrink, grow, shortest, longest);
  }
}
