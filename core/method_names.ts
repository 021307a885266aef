/** Which functions are methods too: all but these. */
import type * as ops from "./ops/mod.ts";

/** The functions that are no methods, by the reason. */
export const notMethods = {
  /** They take something else than the tensor first; `x.where(condition, other)` takes its condition second. */
  otherFirst: ["where", "einsum"],
  /** They take a list of tensors, as in PyTorch, where they are no methods. */
  ofLists: ["concat", "stack", "meshgrid", "broadcastTensors"],
  /** They make a tensor of what is none. */
  makers: [
    "tensor",
    "fromArray",
    "variable",
    "full",
    "zeros",
    "ones",
    "arange",
    "linspace",
    "eye",
    "uniform",
    "normal",
    "randint",
    "randomBits",
    "permutation",
    "keyTensor",
  ],
  /** They move the generator of random numbers. */
  ofGenerator: [
    "key",
    "splitKey",
    "nextKey",
    "drawKey",
    "manualSeed",
    "randomState",
    "setRandomState",
  ],
} as const;

/** The methods of elementwise ops that take options behind their operands. */
export const withChoices = ["add", "sub", "div", "round", "softplus", "gelu"] as const;

/** The methods that take more than three arguments, or any number of them. */
export const variadic = ["slice", "getItem", "indexAdd", "scatterReduce"] as const;

/**
 * The name of a function that is a method too.
 *
 * @category Tensors
 * @internal
 */
export type MethodName = Exclude<keyof typeof ops, (typeof notMethods)[keyof typeof notMethods][number]>;
