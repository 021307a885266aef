/** Steps by averages of squares that are kept by row and by column. */
import {
  checkSetting,
  defineUpdate,
  defineUpdates,
  described,
  e,
  type Shape,
  type Tensor,
} from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import type { Pace } from "./pace.ts";
import type { Cells, Optimizable, OptimizerOptions } from "./parameters.ts";
import { approach, decayed, lengthOf, zerosFor } from "./rule.ts";
import { checkNotNegatives, settled } from "./settings.ts";

/**
 * What {@link Adafactor} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface AdafactorOptions extends Partial<OptimizerOptions> {
  /** The power of t by which new squares count less; -0.8 unless said. */
  readonly beta2Decay?: number;
  /**
   * The least root of an average of squares, that of the dtype where it is `null`, and the least size of a parameter
   * that a step is in proportion to; `null` and 1e-3 unless said.
   */
  readonly eps?: readonly [number | null, number];
  /** How large a step may be before it is scaled down; 1 unless said. */
  readonly d?: number;
  /** A parameter is multiplied by 1 - learningRate·weightDecay in each step; 0 unless said. */
  readonly weightDecay?: number;
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * The settings of a group of {@link Adafactor}, none left out.
 *
 * @category Optimizers
 */
export type AdafactorSettings = Required<AdafactorOptions>;

/**
 * What {@link Adafactor} remembers of a parameter.
 *
 * @category Optimizers
 */
export type AdafactorState = {
  /** How many steps were made. */
  steps?: Tensor;
  /** How much the last squares counted. */
  inflow?: Tensor;
  /** The relative length of the last step. */
  rho?: Tensor;
  /** The average of squares by row, for two axes or more: of the parameter's shape, the last axis being 1. */
  rowVar?: Tensor;
  /** That by column, the axis before the last being 1. */
  colVar?: Tensor;
  /** The average of squares, for one axis or none. */
  variance?: Tensor;
};

/**
 * What {@link Adafactor} computes with that follows from its settings.
 *
 * @category Optimizers
 */
export type AdafactorDerived = {
  /** The least size of a parameter. */
  readonly eps2: number;
};

const defaults = {
  learningRate: 1e-2,
  beta2Decay: -0.8,
  eps: [null, 1e-3] as const,
  d: 1,
  weightDecay: 0,
  maximize: false,
  nonFinite: "take" as const,
};

const slow = /* @__PURE__ */ defineUpdates("slow", (_inflow, _rho, steps, rate, decay) => {
  const t = e.add(steps, 1);
  return [e.pow(t, decay), e.minimum(rate, e.div(1, e.sqrt(t))), t];
});

const descend = /* @__PURE__ */ defineUpdate(
  "descend",
  (p, u, size, stride, sign, rho, rate, decay, eps2, most) => {
    const length = e.div(e.mul(e.maximum(eps2, size), rho), e.maximum(1, e.div(stride, most)));
    return e.sub(decayed(p, rate, decay), e.mul(e.mul(sign, length), u));
  },
);

const scaleByAxes = /* @__PURE__ */ defineUpdate("scale", (_u, g, row, column, mean, least) => {
  const squares = e.div(e.mul(row, column), e.maximum(mean, least));
  return e.div(g, e.sqrt(e.maximum(squares, e.square(least))));
});

const scaleByAll = /* @__PURE__ */ defineUpdates("scale", (v, _u, g, inflow, least) => {
  const v1 = e.add(v, e.mul(inflow, e.sub(e.square(g), v)));
  return [v1, e.div(g, e.sqrt(e.maximum(v1, e.square(least))))];
});

/** The distance from 1 to the next number of a dtype. */
const spacing: Readonly<Record<string, number>> = { f64: 2 ** -52, f32: 2 ** -23, f16: 2 ** -10 };

/**
 * Adafactor (Shazeer & Stern, 2018), as PyTorch's since 2.5: of gradients with two axes or more the averages of squares
 * are kept by row (r) and by column (c) alone, with β = 1 - t^beta2Decay in the t-th step,
 *
 * - v = r·c/mean(r), or of fewer axes the average of squares itself;
 * - u = g/√max(v, eps₁²), by RMS(u)/d where that is above 1;
 * - p = p·(1 - learningRate·weightDecay) - max(eps₂, RMS(p))·min(learningRate, 1/√t)·u.
 *
 * A step is some kernels and reductions. Settings out of range are a `RangeError`.
 *
 * @category Optimizers
 */
export class Adafactor extends Optimizer<AdafactorSettings, AdafactorState, AdafactorDerived> {
  /** What t says, which all parameters share that step together. */
  protected override readonly pace: Pace<Cells<AdafactorSettings>> = {
    start: { inflow: 0, rho: 0 },
    advance: (numbers, { learningRate, beta2Decay }) => slow(numbers, learningRate, beta2Decay),
  };

  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<AdafactorOptions>, options?: AdafactorOptions) {
    super(parameters, settled("adapt", options, defaults));
  }

  /** Refuses what is out of range. */
  protected override check({ beta2Decay, eps, d, weightDecay }: AdafactorSettings): void {
    checkSetting("optimise", "beta2 decay", beta2Decay, undefined, 0);
    checkSetting("optimise", "d", d, 1);
    checkNotNegatives({ "weight decay": weightDecay });
    if (!Array.isArray(eps) || eps.length !== 2) {
      throw new TypeError(
        `Cannot optimise with eps ${described(eps)}: two are needed, the first a number or null`,
      );
    }
    checkNotNegatives({ "first eps": eps[0] ?? 0, "second eps": eps[1] });
  }

  /** The second eps. */
  protected override derived({ eps }: AdafactorSettings): AdafactorDerived {
    return { eps2: eps[1] };
  }

  /** An axis is 1 of what is kept by row or by column. */
  protected override shapeOf(name: string, { shape }: Tensor): Shape {
    return name === "rowVar" ? shape.with(-1, 1) : name === "colVar" ? shape.with(-2, 1) : shape;
  }

  /** One step of one parameter. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    { eps: [eps1], maximize }: AdafactorSettings,
    state: AdafactorState,
    { learningRate, weightDecay, eps2, d }: Cells<AdafactorSettings & AdafactorDerived>,
  ): void {
    const least = eps1 ?? spacing[parameter.dtype],
      root = Math.sqrt(parameter.size),
      u = gradient.zerosLike();
    if (parameter.rank > 1) this.#factored(u, gradient, state, least);
    else this.#whole(u, gradient, state, least);
    const sizes = [lengthOf(parameter).div(root), lengthOf(u).div(root)] as const, sign = maximize ? -1 : 1;
    descend(parameter, u, ...sizes, sign, state.rho!, learningRate, weightDecay, eps2, d);
  }

  #factored(u: Tensor, gradient: Tensor, state: AdafactorState, least: number): void {
    const squares = gradient.square();
    const [row, column] = (["rowVar", "colVar"] as const).map((name, i) => {
      const mean = state[name] ??= zerosFor(u, this.shapeOf(name, u));
      approach(mean, squares.mean(-1 - i, { keepDims: true }), state.inflow!);
      return mean;
    });
    scaleByAxes(u, gradient, row, column, row.mean(-2, { keepDims: true }), least);
  }

  #whole(u: Tensor, gradient: Tensor, state: AdafactorState, least: number): void {
    state.variance ??= zerosFor(u);
    scaleByAll([state.variance, u], gradient, state.inflow!, least);
  }
}
