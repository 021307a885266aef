/** What rows of composites and small networks are tried on. */
import {
  clamp,
  gelu,
  logSoftmax,
  matmul,
  mean,
  takeAlongAxis,
  tanh,
  type Tensor,
  variance,
  where,
} from "@tapegrad/core";
import { composites, indices } from "./ops/composites.ts";
import { fused } from "./ops/fused.ts";
import type { CompositeSample } from "./types.ts";

function sample(
  op: string,
  detail: string,
  shapes: CompositeSample["shapes"],
  call: CompositeSample["call"],
): CompositeSample {
  return { op, detail, shapes, call };
}

function layerNorm(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const centered = x.sub(mean(x, -1, { keepDims: true }));
  const spread = variance(x, -1, { keepDims: true, correction: 0 });
  return centered.mul(spread.add(1e-5).rsqrt()).mul(weight).add(bias);
}

function perceptron(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor): Tensor {
  const hidden = tanh(matmul(x, w1).add(b1));
  return matmul(hidden, w2).square().mean();
}

const ofRows: readonly CompositeSample[] = Object.entries(composites).flatMap(([op, { samples = {} }]) =>
  Object.entries(samples).map(([detail, { shapes, call }]) => sample(op, detail, shapes, call))
);

// Several ops together, for which a backend may have a kernel.
const networks: readonly CompositeSample[] = [
  sample("where", "with bounds", [[4, 6], [6]], (x, y) => where(x.greater(y), clamp(x, -1, 1), y.mul(x))),
  sample(
    "cross entropy",
    "of 5 classes",
    [[6, 5]],
    (x) => takeAlongAxis(logSoftmax(x), indices([[0], [4], [1], [1], [2], [3]], x), 1).mean().neg(),
  ),
  sample("layer norm", "of rows", [[5, 8], [8], [8]], layerNorm),
  sample("gelu", "of a matrix", [[5, 8]], (x) => gelu(x)),
  sample("perceptron", "3-8-2", [[10, 3], [3, 8], [8], [8, 2]], perceptron),
];

/** What is run on every backend. */
export const samples: readonly CompositeSample[] = [...ofRows, ...networks, ...fused];
