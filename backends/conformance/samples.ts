/** Composites of core and small networks, with shapes to try them on. */
import {
  clamp,
  concat,
  cummax,
  cumprod,
  cumsum,
  einsum,
  flip,
  gelu,
  indexSelect,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  maximum,
  mean,
  norm,
  pad,
  prod,
  roll,
  softmax,
  sort,
  std,
  takeAlongAxis,
  tanh,
  type Tensor,
  tensor,
  topk,
  unfold,
  variance,
  where,
} from "@tapegrad/core";
import type { CompositeSample } from "./types.ts";

function sample(
  op: string,
  detail: string,
  shapes: CompositeSample["shapes"],
  call: CompositeSample["call"],
): CompositeSample {
  return { op, detail, shapes, call };
}

function indices(values: number[] | number[][], like: Tensor): Tensor {
  return tensor(values, { dtype: "i32", backend: like.backend });
}

function layerNorm(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const centered = x.sub(mean(x, -1, { keepDims: true }));
  const spread = variance(x, -1, { keepDims: true, correction: 0 });
  return centered.mul(spread.add(1e-5).rsqrt()).mul(weight).add(bias);
}

function attention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const scores = matmul(q, k.transpose()).div(Math.sqrt(q.shape[q.rank - 1]));
  return matmul(softmax(scores), v);
}

function perceptron(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor): Tensor {
  const hidden = tanh(matmul(x, w1).add(b1));
  return matmul(hidden, w2).square().mean();
}

const reductions: readonly CompositeSample[] = [
  sample("mean", "over rows", [[4, 7]], (x) => mean(x, 1)),
  sample("variance", "over columns", [[9, 4]], (x) => variance(x, 0)),
  sample("std", "over all", [[4, 7]], (x) => std(x)),
  sample("logSumExp", "over rows", [[4, 7]], (x) => logSumExp(x, 1)),
  sample("norm", "over rows", [[4, 7]], (x) => norm(x, 1)),
  sample("max", "of neighbours", [[3, 12]], (x) => max(unfold(x, 1, 3, { step: 2 }), -1)),
  sample("prod", "with a zero", [[3, 4]], (x) => prod(maximum(x, 0).sub(0.5), 1)),
];

const ordered: readonly CompositeSample[] = [
  sample("cumsum", "along rows", [[3, 9]], (x) => cumsum(x, 1)),
  sample("cumprod", "along columns", [[6, 4]], (x) => cumprod(x, 0)),
  sample("cummax", "along rows", [[3, 9]], (x) => Object.values(cummax(x, 1))),
  sample("sort", "descending", [[4, 9]], (x) => Object.values(sort(x, 1, { descending: true }))),
  sample("topk", "3 of 9", [[4, 9]], (x) => Object.values(topk(x, 3))),
];

const moved: readonly CompositeSample[] = [
  sample(
    "concat",
    "of flipped, padded and rolled",
    [[3, 4], [2, 4]],
    (x, y) => concat([flip(x, 1), roll(y, 1, 1), pad(y, [[1, 0], [0, 0]], 0.5)]),
  ),
  sample("indexSelect", "with repetitions", [[5, 3]], (x) => indexSelect(x, 0, indices([4, 0, 4, 2], x))),
  sample(
    "takeAlongAxis",
    "along rows",
    [[3, 5]],
    (x) => takeAlongAxis(x, indices([[0, 4], [2, 2], [1, 3]], x), 1),
  ),
  sample("where", "with bounds", [[4, 6], [6]], (x, y) => where(x.greater(y), clamp(x, -1, 1), y.mul(x))),
  sample("einsum", "of batches", [[2, 3, 4], [2, 4, 5]], (x, y) => einsum("bij,bjk->bki", x, y)),
];

const networks: readonly CompositeSample[] = [
  sample("softmax", "along rows", [[4, 7]], (x) => softmax(x)),
  sample("softmax", "along columns", [[70, 3]], (x) => softmax(x, 0)),
  sample("logSoftmax", "along rows", [[4, 7]], (x) => logSoftmax(x)),
  sample(
    "cross entropy",
    "of 5 classes",
    [[6, 5]],
    (x) => takeAlongAxis(logSoftmax(x), indices([[0], [4], [1], [1], [2], [3]], x), 1).mean().neg(),
  ),
  sample("layer norm", "of rows", [[5, 8], [8], [8]], layerNorm),
  sample("gelu", "of a matrix", [[5, 8]], (x) => gelu(x)),
  sample(
    "convolution",
    "of 2 channels by windows",
    [[2, 12], [6, 4]],
    (x, w) => matmul(unfold(x, 1, 3).permute([1, 0, 2]).reshape([10, 6]), w),
  ),
  sample("attention", "of 2 heads", [[2, 5, 4], [2, 6, 4], [2, 6, 3]], attention),
  sample("perceptron", "3-8-2", [[10, 3], [3, 8], [8], [8, 2]], perceptron),
];

/** What is run on every backend. */
export const samples: readonly CompositeSample[] = [...reductions, ...ordered, ...moved, ...networks];
