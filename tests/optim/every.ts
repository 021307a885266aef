/** Every optimizer, with each kind of kernels that it has. */
import type { Tensor } from "@tapegrad/core";
import * as optim from "@tapegrad/optim";
import type { Optimizer, OptimizerOptions, ParameterState } from "@tapegrad/optim";

/** An optimizer, whatever its settings are. */
export type AnyOptimizer = Optimizer<OptimizerOptions, ParameterState, Record<string, number>>;

/** Parameters, or groups of them. */
export type Given = readonly Tensor[] | readonly { readonly parameters: readonly Tensor[] }[];

/** One of them with settings. */
export interface Made {
  readonly name: string;
  /** An optimizer of parameters, with other settings where they are given. */
  readonly of: (parameters: Given, more?: object) => AnyOptimizer;
  /** Kernels of a step of one parameter. */
  readonly kernels: number;
  /** Kernels of a step that all parameters share. */
  readonly shared: number;
}

type Class = new (parameters: Given, options: object) => AnyOptimizer;

function made(name: string, options: object, shared: number, kernels = 1): Made {
  const make = (optim as unknown as Record<string, Class>)[name];
  return {
    name: `${name} with ${JSON.stringify(options)}`,
    of: (parameters, more) => new make(parameters, { learningRate: 0.05, ...options, ...more }),
    kernels,
    shared,
  };
}

const decay = { weightDecay: 0.1 }, apart = { ...decay, decoupledWeightDecay: true };

/** Every optimizer that steps by gradients at hand. */
export const every: readonly Made[] = [
  made("GD", {}, 0),
  made("GD", { momentum: 0.9 }, 0),
  made("Adam", {}, 1),
  made("Adam", { amsgrad: true, ...decay }, 1),
  made("AdamW", {}, 1),
  made("AdamW", { amsgrad: true }, 1),
  made("NAdam", {}, 1),
  made("NAdam", apart, 1),
  made("RAdam", { betas: [0.9, 0.9] }, 1),
  made("RAdam", apart, 1),
  made("Adamax", decay, 1),
  made("Adagrad", { learningRateDecay: 0.1 }, 1),
  made("Adadelta", {}, 0),
  made("RMSprop", {}, 0),
  made("RMSprop", { centered: true }, 0),
  made("RMSprop", { momentum: 0.9 }, 0),
  made("RMSprop", { centered: true, momentum: 0.9, ...decay }, 0),
  made("Rprop", {}, 0),
  made("ASGD", { lambd: 0.1, t0: 3 }, 1),
  made("Lion", decay, 0),
  made("LAMB", {}, 1, 6),
  made("Adafactor", decay, 1, 17),
  made("Muon", {}, 0, 30),
  made("Muon", { nesterov: false, nsSteps: 2, adjustLearningRate: "matchRmsAdamw" }, 0, 15),
];
