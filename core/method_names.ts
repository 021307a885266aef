/** Which functions are methods too. */
import type * as elementwise from "./ops/elementwise.ts";

/** The functions that are methods too beside the elementwise ones, by how many arguments they take after the tensor at most. */
export const byArguments = {
  none: [
    "contiguous",
    "zerosLike",
    "onesLike",
    "trace",
  ],
  one: [
    "to",
    "fullLike",
    "matmul",
    "dot",
    "outer",
    "softmax",
    "logSoftmax",
    "reshape",
    "squeeze",
    "unsqueeze",
    "permute",
    "expand",
    "flip",
    "tile",
    "cumsum",
    "cumprod",
    "cummax",
    "cummin",
    "tril",
    "triu",
    "diagonal",
    "diag",
    "bernoulli",
  ],
  two: [
    "sum",
    "mean",
    "prod",
    "max",
    "min",
    "any",
    "all",
    "logSumExp",
    "variance",
    "var",
    "varMean",
    "std",
    "norm",
    "argmax",
    "argmin",
    "flatten",
    "transpose",
    "moveAxis",
    "split",
    "chunk",
    "pad",
    "repeatInterleave",
    "roll",
    "linearRecurrence",
    "sort",
    "argsort",
    "topk",
    "gather",
    "indexSelect",
    "takeAlongAxis",
    "oneHot",
    "choice",
    "fold",
  ],
  three: [
    "narrow",
    "unfold",
    "scatter",
    "scatterAdd",
  ],
  list: ["slice"],
} as const;

/**
 * The name of a function that is a method too.
 *
 * @internal
 */
export type MethodName =
  | Exclude<keyof typeof elementwise, "where">
  | (typeof byArguments)[keyof typeof byArguments][number];
