/** Gradient descent. */
import {
  checkOptions,
  defineUpdate,
  defineUpdates,
  e,
  type Expr,
  full,
  keep,
  type Tensor,
} from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import { type Cells, checkNotNegative, type Optimizable, type OptimizerOptions } from "./parameters.ts";
import { merged } from "./parameter_groups.ts";

/**
 * What {@link GD} may be told, or one of its groups.
 *
 * @category Optimizers
 */
export interface GDOptions extends OptimizerOptions {
  /** How much of the velocity stays from step to step; 0 unless said. */
  readonly momentum?: number;
  /** The part of the gradient that does not enter the velocity; 0 unless said. */
  readonly dampening?: number;
  /** Look ahead by the velocity (Nesterov, 1983); needs momentum and no dampening. */
  readonly nesterov?: boolean;
  /** Times the parameter, this is added to the gradient; 0 unless said. */
  readonly weightDecay?: number;
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * The settings of a group of {@link GD}, none left out.
 *
 * @category Optimizers
 */
export type GDSettings = Required<GDOptions>;

/**
 * What {@link GD} remembers of a parameter that has momentum.
 *
 * @category Optimizers
 */
export type GDState = {
  /** The running sum of its gradients. */
  velocity?: Tensor;
  /** How many steps were made, at least those with dampening: of the first nothing is kept from the velocity. */
  steps?: Tensor;
};

/**
 * What {@link GD} computes with that follows from its settings.
 *
 * @category Optimizers
 */
export type GDDerived = {
  /** The part of the gradient that enters the velocity, from the second step on. */
  readonly inflow: number;
};

const defaults = {
  momentum: 0,
  dampening: 0,
  nesterov: false,
  weightDecay: 0,
  maximize: false,
  nonFinite: "take" as const,
};

// The gradient that counts: its sign is -1 to go up, and it contains the decay of the weight.
function direction(g: Expr, p: Expr, sign: Expr, decay: Expr): Expr {
  return e.add(e.mul(sign, g), e.mul(decay, p));
}

const descend = defineUpdate("descend", (p, g, rate) => e.sub(p, e.mul(rate, g)));

const ascend = defineUpdate("ascend", (p, g, rate) => e.add(p, e.mul(rate, g)));

const descendWithDecay = defineUpdate(
  "descend",
  (p, g, rate, sign, decay) => e.sub(p, e.mul(rate, direction(g, p, sign, decay))),
);

// Of the velocity and the parameter, which follows the new velocity.
const accelerate = defineUpdates("accelerate", (v, p, g, rate, sign, decay, momentum) => {
  const faster = e.add(e.mul(momentum, v), direction(g, p, sign, decay));
  return [faster, e.sub(p, e.mul(rate, faster))];
});

const accelerateAhead = defineUpdates("accelerate", (v, p, g, rate, sign, decay, momentum) => {
  const d = direction(g, p, sign, decay), faster = e.add(e.mul(momentum, v), d);
  return [faster, e.sub(p, e.mul(rate, e.add(d, e.mul(momentum, faster))))];
});

// Whether it is the first step is told by the device, so that all steps are the same.
const accelerateDampened = defineUpdates(
  "accelerate",
  (v, p, g, rate, sign, decay, momentum, inflow, steps) => {
    const part = e.select(e.eq(steps, 0), 1, inflow);
    const faster = e.add(e.mul(momentum, v), e.mul(part, direction(g, p, sign, decay)));
    return [faster, e.sub(p, e.mul(rate, faster))];
  },
);

const count = defineUpdate("count", (steps) => e.add(steps, 1));

/**
 * Gradient descent as PyTorch's SGD (Sutskever et al., 2013), for parameters p with gradients g:
 *
 * - d = ±g + weightDecay·p, with the minus sign to maximize;
 * - with momentum v = momentum·v + (1 - dampening)·d, v = d in the first step; Nesterov's d is then
 *   d + momentum·v, else d is v;
 * - p = p - learningRate·d.
 *
 * Negative settings, and Nesterov without momentum or with dampening, are a `RangeError`.
 *
 * @category Optimizers
 * @example
 * ```ts
 * import { scope, variable } from "@tapegrad/core";
 * import { GD } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = variable(-3);
 * const optimizer = new GD([x], { learningRate: 0.1, momentum: 0.5 });
 * for (let epoch = 0; epoch < 100; epoch++) {
 *   scope(() => {
 *     optimizer.zeroGrad();
 *     x.sub(2).square().backward();
 *     optimizer.step();
 *   });
 * }
 * assertAlmostEquals(await x.item(), 2, 1e-6);
 * ```
 */
export class GD extends Optimizer<GDSettings, GDState, GDDerived> {
  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<GDOptions>, options: GDOptions) {
    checkOptions("descend", options, { learningRate: 0, ...defaults, nonFinite: null });
    super(parameters, merged(defaults, options ?? {}));
  }

  /** Refuses negative settings, and Nesterov where it means nothing. */
  protected override check({ momentum, weightDecay, dampening, nesterov }: GDSettings): void {
    checkNotNegative("momentum", momentum);
    checkNotNegative("weight decay", weightDecay);
    if (!nesterov || (momentum > 0 && dampening === 0)) return;
    throw new RangeError(
      `Cannot look ahead with a momentum of ${momentum} and a dampening of ${dampening}: ` +
        "nesterov needs momentum above 0 and no dampening",
    );
  }

  /** The complement of the dampening, as exact as it is. */
  protected override derived({ dampening }: GDSettings): GDDerived {
    return { inflow: 1 - dampening };
  }

  /** One step of one parameter: one kernel, and one that counts steps where there is dampening. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    options: GDSettings,
    state: GDState,
    cells: Cells<GDSettings & GDDerived>,
  ): void {
    const { learningRate: rate, weightDecay: decay } = cells, sign = options.maximize ? -1 : 1;
    if (options.momentum !== 0) this.#accelerate(parameter, gradient, options, state, cells);
    else if (options.weightDecay !== 0) descendWithDecay(parameter, gradient, rate, sign, decay);
    else if (options.maximize) ascend(parameter, gradient, rate);
    else descend(parameter, gradient, rate);
  }

  #accelerate(
    parameter: Tensor,
    gradient: Tensor,
    { dampening, nesterov, maximize }: GDSettings,
    state: GDState,
    { learningRate: rate, weightDecay: decay, momentum, inflow }: Cells<GDSettings & GDDerived>,
  ): void {
    const before = state.velocity ? 1 : 0, sign = maximize ? -1 : 1;
    const both = [state.velocity ??= keep(parameter.zerosLike()), parameter];
    if (dampening === 0) {
      const change = nesterov ? accelerateAhead : accelerate;
      return change(both, gradient, rate, sign, decay, momentum);
    }
    const steps = state.steps ??= keep(full([], before, { dtype: "i32", backend: parameter.backend }));
    accelerateDampened(both, gradient, rate, sign, decay, momentum, inflow, steps);
    count(steps);
  }
}
