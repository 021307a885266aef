/** What Adam and its kin have in common: running averages of gradients and of their squares. */
import { defineUpdates, e, type Expr, type JointUpdate, type Tensor } from "@tapegrad/core";
import { Optimizer } from "./optimizer.ts";
import type { Cells, Optimizable, OptimizerOptions } from "./parameters.ts";
import type { ParameterState } from "./remembered.ts";
import { average, decayed, direction, zerosFor } from "./rule.ts";
import { checkBetas, checkNotNegatives, settled } from "./settings.ts";

/**
 * What all of them may be told.
 *
 * @category Optimizers
 */
export interface MomentOptions extends Partial<OptimizerOptions> {
  /** How much of the averages stays from step to step; 0.9 and 0.999 unless said. */
  readonly betas?: readonly [number, number];
  /** Added to what a step is divided by; 1e-8 unless said. */
  readonly eps?: number;
  /** Times the parameter, this is added to the gradient; 0 unless said. */
  readonly weightDecay?: number;
  /** Go up instead of down. */
  readonly maximize?: boolean;
}

/**
 * What those may be told that divide by the root of an average of squares.
 *
 * @category Optimizers
 */
export interface AdaptiveOptions extends MomentOptions {
  /** Multiply the parameter by 1 - learningRate·weightDecay instead, which leaves the averages alone. */
  readonly decoupledWeightDecay?: boolean;
}

/**
 * Numbers that follow from two betas.
 *
 * @category Optimizers
 */
export type Moments = Readonly<
  Record<"beta1" | "inflow1" | "logBeta1" | "beta2" | "inflow2" | "logBeta2", number>
>;

/** The defaults of most of them. */
export const momentDefaults = {
  learningRate: 1e-3,
  betas: [0.9, 0.999] as const,
  eps: 1e-8,
  weightDecay: 0,
  maximize: false,
  nonFinite: "take" as const,
};

/**
 * An optimizer with two betas.
 *
 * @category Optimizers
 */
export abstract class MomentOptimizer<
  Options extends Required<MomentOptions>,
  State extends ParameterState,
  Derived extends Moments = Moments,
> extends Optimizer<Options, State, Derived> {
  /** The settings that were given, and the `defaults` of others. */
  constructor(
    parameters: Optimizable<Partial<Options>>,
    options: Partial<Options> | undefined,
    defaults: Options,
  ) {
    super(parameters as Optimizable<Options>, settled("adapt", options, defaults));
  }

  /** Refuses betas that are not from 0 to below 1, and what is negative. */
  protected override check({ betas, eps, weightDecay }: Options): void {
    checkBetas(betas);
    checkNotNegatives({ eps, "weight decay": weightDecay });
  }

  /** The betas one by one, and what follows from them. */
  protected override derived({ betas: [beta1, beta2] }: Options): Derived {
    const [logBeta1, logBeta2] = [beta1, beta2].map(logOf);
    return { beta1, inflow1: 1 - beta1, logBeta1, beta2, inflow2: 1 - beta2, logBeta2 } as unknown as Derived;
  }
}

// Finite for 0 too, whose powers are as good as 0.
function logOf(beta: number): number {
  return Math.max(Math.log(beta), -1e4);
}

/** How far a parameter goes: by its gradient, the averages, eps and the numbers of a step. */
export type Stride = (d: Expr, m: Expr, v: Expr, eps: Expr, ...numbers: Expr[]) => Expr;

/** The kernels of a stride, for weight decay by the gradient and apart from it; `most` is of the largest v so far. */
export function striding(stride: Stride, most = false): readonly JointUpdate[] {
  const build = (decoupled: boolean) => (...inputs: Expr[]): Expr[] => {
    const [m, v, p, ...rest] = most ? inputs.toSpliced(2, 1) : inputs;
    const [g, beta1, inflow1, beta2, inflow2, sign, decay, rate, eps, ...numbers] = rest;
    const d = decoupled ? e.mul(sign, g) : direction(g, p, sign, decay);
    const q = decoupled ? decayed(p, rate, decay) : p;
    const m1 = average(m, d, beta1, inflow1), v1 = average(v, e.square(d), beta2, inflow2);
    const most1 = most ? [e.maximum(inputs[2], v1)] : [];
    return [m1, v1, ...most1, e.sub(q, stride(d, m1, most1[0] ?? v1, eps, ...numbers))];
  };
  const count = (most ? 13 : 12) + stride.length - 4;
  return [false, true].map((decoupled) => defineUpdates("adapt", build(decoupled), count));
}

/**
 * What is remembered of a parameter by those that stride.
 *
 * @category Optimizers
 */
export type AdaptiveState = ParameterState & {
  /** How many steps were made. */
  steps?: Tensor;
  /** The average of gradients. */
  expAvg?: Tensor;
  /** The average of their squares. */
  expAvgSq?: Tensor;
};

/**
 * An optimizer that divides by the root of an average of squares.
 *
 * @category Optimizers
 */
export abstract class AdaptiveOptimizer<
  Options extends Required<AdaptiveOptions>,
  State extends AdaptiveState,
  Derived extends Moments = Moments,
> extends MomentOptimizer<Options, State, Derived> {
  /** The names of the numbers of a step that a stride takes, which are in `pace`. */
  protected abstract readonly numbers: readonly string[];

  /** What {@link striding} gave. */
  protected abstract strides(options: Options): readonly JointUpdate[];

  /** What a stride changes: the averages and the parameter. */
  protected targets(parameter: Tensor, state: State, _options: Options): Tensor[] {
    return [state.expAvg ??= zerosFor(parameter), state.expAvgSq ??= zerosFor(parameter), parameter];
  }

  /** One step of one parameter: one kernel. */
  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    options: Options,
    state: State,
    cells: Cells<Options & Derived>,
  ): void {
    const { beta1, inflow1, beta2, inflow2, weightDecay, learningRate, eps } = cells as unknown as Cells<
      Required<AdaptiveOptions> & Moments
    >;
    const change = this.strides(options)[Number(options.decoupledWeightDecay)];
    const averaging = [beta1, inflow1, beta2, inflow2], sign = options.maximize ? -1 : 1;
    const numbers = this.numbers.map((name) => state[name] as Tensor);
    const targets = this.targets(parameter, state, options);
    change(targets, gradient, ...averaging, sign, weightDecay, learningRate, eps, ...numbers);
  }
}
