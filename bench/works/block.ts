/** A transformer block, forward and backward. */
import { fromArray, ones, type Tensor, zeros } from "@tapegrad/tapegrad";
import type { Contender } from "../harness/measure.ts";
import { gradients, type Measured } from "./gradients.ts";
import { positives } from "./inputs.ts";
import type { Block, Work } from "./work.ts";

/** The gradients of the mean square of a block's result to all its parameters; nothing is read. */
export const work: Work<"block"> = {
  name: "block",
  title: "transformer block, forward and backward",
  about: "a transformer block, forward and backward: 8 × 128 × 256, 4 heads, 1024 hidden",
  unit: "ms",
  cases: [{
    label: "",
    dtype: "f32",
    given: { batch: 8, length: 128, width: 256, heads: 4, hidden: 1024 },
    long: true,
    threads: true,
  }],
  ours: [{ how: "eager", prepare: (given) => prepareBlock(given) }],
  compiled: { how: "compiled", prepare: (given) => prepareBlock(given, { compiled: true }) },
};

/** What a parameter is filled with, and its shape. */
export interface Parameter {
  readonly shape: readonly number[];
  /** The seed of a matrix, or the number that a vector is full of. */
  readonly seed?: number;
  readonly fill?: number;
}

/** The parameters of a block, by name, in the order in which gradients are compared. */
export function parametersOf({ width, hidden }: Block): Readonly<Record<string, Parameter>> {
  const square = (seed: number) => ({ shape: [width, width], seed });
  const vector = (fill: number, n = width) => ({ shape: [n], fill });
  return {
    wq: square(1),
    wk: square(2),
    wv: square(3),
    wo: square(4),
    w1: { shape: [width, hidden], seed: 5 },
    w2: { shape: [hidden, width], seed: 6 },
    b1: vector(0, hidden),
    b2: vector(0),
    g1: vector(1),
    h1: vector(0),
    g2: vector(1),
    h2: vector(0),
  };
}

/** The elements of a matrix: in (-1, 1), over the root of how many each output is a sum of. */
export function matrix({ shape: [rows, columns], seed }: Parameter): Float32Array<ArrayBuffer> {
  return positives(rows * columns, seed).map((p) => (2 * p - 1) / Math.sqrt(rows));
}

/** The elements that a block is given: in (-1, 1). */
export function blockInput({ batch, length, width }: Block): Float32Array<ArrayBuffer> {
  return positives(batch * length * width, 7).map((p) => 2 * p - 1);
}

type Parameters = Readonly<Record<string, Tensor>>;

/** How we do it. */
export function prepareBlock(sizes: Block, measured: Measured = {}): Contender {
  const { batch, length, width } = sizes;
  const p: Parameters = Object.fromEntries(
    Object.entries(parametersOf(sizes)).map(([name, parameter]) => [name, variableOf(parameter)]),
  );
  const x = fromArray(blockInput(sizes), [batch * length, width]), all = Object.values(p);
  return {
    ...gradients(() => forward(x, p, sizes), all, measured),
    close: () => [x, ...all].forEach((each) => each.dispose()),
  };
}

function variableOf(parameter: Parameter): Tensor {
  const { shape, fill } = parameter;
  if (fill !== undefined) {
    return fill ? ones(shape, { requiresGrad: true }) : zeros(shape, { requiresGrad: true });
  }
  const made = fromArray(matrix(parameter), shape);
  made.requiresGrad = true;
  return made;
}

function forward(x: Tensor, p: Parameters, { batch, length, width, heads }: Block): Tensor {
  const n = x.layerNorm([width], { weight: p.g1, bias: p.h1 });
  const split = (a: Tensor) => a.reshape([batch, length, heads, width / heads]).permute([0, 2, 1, 3]);
  const [q, k, v] = [p.wq, p.wk, p.wv].map((w) => split(n.matmul(w)));
  const scores = q.matmul(k.transpose(-1, -2)).div(Math.sqrt(width / heads));
  const joined = scores.softmax(-1).matmul(v).permute([0, 2, 1, 3]).reshape([batch * length, width]);
  const y = x.add(joined.matmul(p.wo));
  const m = y.layerNorm([width], { weight: p.g2, bias: p.h2 });
  return y.add(m.matmul(p.w1).add(p.b1).relu().matmul(p.w2).add(p.b2)).square().mean();
}
