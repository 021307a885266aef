/** Samples of what steps of programs are fused into. */
import {
  apply,
  applyAll,
  e,
  fusedRows,
  input,
  mappedProduct,
  severalMaps,
  type Tensor,
} from "@tapegrad/core";
import type { CompositeSample } from "../types.ts";

const layer = {
  name: "add, relu, sub",
  expr: e.sub(e.maximum(e.add(input(0), input(1)), 0), e.mul(input(2), 0.5)),
};

function layerOf(x: Tensor, w: Tensor, bias: Tensor, rest: Tensor): Tensor {
  return apply(mappedProduct, [x, w, bias.expand(rest.shape), rest], layer);
}

const parts = [
  { name: "sum", exprs: [e.add(input(0), input(1)), e.tanh(input(0))], reads: 2 },
  { name: "double", exprs: [e.mul(input(0), 2)], reads: 1 },
  { name: "product", exprs: [e.mul(input(0), input(1))], reads: 2 },
];

type Sampled = Readonly<Record<string, Pick<CompositeSample, "shapes" | "call">>>;

const layers: Sampled = {
  "with a bias and a rest": { shapes: [[5, 7], [7, 3], [3], [5, 3]], call: layerOf },
  "of columns that are no fours": { shapes: [[70, 64], [64, 67], [67], [70, 67]], call: layerOf },
  "of few rows": { shapes: [[1, 60], [60, 40], [40], [1, 40]], call: layerOf },
  "of factors that are turned": {
    shapes: [[7, 5], [3, 7], [5, 1], [3, 5]],
    call: (x, w, bias, rest) => layerOf(x.t(), w.t(), bias, rest.t()),
  },
  "of a batch with one matrix": {
    shapes: [[2, 3, 5], [5, 4], [4], [2, 3, 4]],
    call: (x, w, bias, rest) => layerOf(x, w.expand([2, 5, 4]), bias, rest),
  },
  "of a batch": { shapes: [[2, 3, 5], [2, 5, 4], [4], [2, 3, 4]], call: layerOf },
};

const maps: Sampled = {
  "of several shapes": {
    shapes: [[3, 4], [3, 4], [300], [2, 5], [5]],
    call: (a, b, c, d, f) => applyAll(severalMaps, [a, b, c, d, f.expand(d.shape)], { parts }),
  },
  "of strides": {
    shapes: [[4, 3], [3, 4], [7, 2], [5, 2], [2, 5]],
    call: (a, b, c, d, f) => applyAll(severalMaps, [a.t(), b, c.t(), d.t(), f.flip(1)], { parts }),
  },
};

const softmax = {
  name: "softmax",
  steps: [
    { kind: "each", expr: e.mul(input(0), 0.7) },
    { kind: "max", expr: input(1) },
    { kind: "each", expr: e.exp(e.sub(input(1), input(2))) },
    { kind: "sum", expr: input(3) },
    { kind: "each", expr: e.div(input(3), input(4)) },
    { kind: "once", expr: e.add(e.log(input(4)), input(2)) },
  ],
  element: 4,
  numbers: [1, 5],
} as const;

const norm = {
  name: "norm",
  steps: [
    { kind: "sum", expr: input(0) },
    { kind: "once", expr: e.mul(input(3), input(2)) },
    { kind: "sum", expr: e.square(e.sub(input(0), input(4))) },
    { kind: "once", expr: e.rsqrt(e.add(e.square(e.mul(input(5), input(2))), 0.1)) },
    { kind: "each", expr: e.mul(e.mul(e.sub(input(0), input(4)), input(6)), input(1)) },
  ],
  element: 4,
  numbers: [],
} as const;

const totals = {
  name: "totals",
  steps: [{ kind: "max", expr: input(0) }, { kind: "sum", expr: e.sub(input(0), input(1)) }],
  element: null,
  numbers: [1, 0],
} as const;

function normOf(x: Tensor, weight: Tensor, share: Tensor): Tensor {
  const axes = [x.rank - 1];
  return apply(fusedRows, [x, weight.expand(x.shape), share.expand(x.shape)], { ...norm, axes });
}

const softened = (axes: readonly number[]) => (x: Tensor) => applyAll(fusedRows, [x], { ...softmax, axes });

const rows: Sampled = {
  "of one pass after another": { shapes: [[5, 37]], call: softened([1]) },
  "of short lanes": { shapes: [[40, 3]], call: softened([1]) },
  "of lanes of two axes": { shapes: [[3, 4, 6]], call: softened([1, 2]) },
  "of lanes that are columns": { shapes: [[19, 23]], call: (x) => softened([1])(x.t()) },
  "with numbers of lanes and one for all": { shapes: [[2, 3, 50], [50], []], call: normOf },
  "of numbers alone": {
    shapes: [[6, 9]],
    call: (x) => applyAll(fusedRows, [x], { ...totals, axes: [1] }),
  },
};

/** What they are tried on. */
export const fused: readonly CompositeSample[] = Object.entries({ mappedMatmul: layers, maps, rows }).flatMap(
  (
    [op, samples],
  ) => Object.entries(samples).map(([detail, sample]) => ({ op, detail, differentiable: false, ...sample })),
);
