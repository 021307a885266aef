/** Samples of what steps of programs are fused into. */
import { apply, applyAll, e, input, mappedProduct, severalMaps, type Tensor } from "@tapegrad/core";
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

/** What they are tried on. */
export const fused: readonly CompositeSample[] = Object.entries({ mappedMatmul: layers, maps }).flatMap((
  [op, samples],
) => Object.entries(samples).map(([detail, sample]) => ({ op, detail, differentiable: false, ...sample })));
