import { nn, numpy as np } from "@jax-js/jax";
import type { Contender } from "../../harness/measure.ts";
import { blockInput, matrix, type Parameter, parametersOf } from "../../works/block.ts";
import type { Block } from "../../works/work.ts";
import { gradients, type Parameters } from "./gradients.ts";
import { array, type Mode } from "./jax.ts";

export function block(sizes: Block, mode: Mode): Contender {
  const p: Parameters = Object.fromEntries(
    Object.entries(parametersOf(sizes)).map(([name, parameter]) => [name, arrayOf(parameter)]),
  );
  const x = array(blockInput(sizes), [sizes.batch * sizes.length, sizes.width]);
  return gradients((p, [x]) => forward(x, p, sizes), p, [x], mode);
}

function arrayOf(parameter: Parameter): np.Array {
  const { shape, fill } = parameter;
  return fill === undefined ? array(matrix(parameter), shape) : np.full([...shape], fill);
}

function normalize(x: np.Array, weight: np.Array, bias: np.Array): np.Array {
  const centered = x.sub(np.mean(x.ref, 1, { keepdims: true }));
  const variance = np.mean(np.square(centered.ref), 1, { keepdims: true });
  return centered.mul(np.reciprocal(np.sqrt(variance.add(1e-5)))).mul(weight).add(bias);
}

function forward(x: np.Array, p: Parameters, { batch, length, width, heads }: Block): np.Array {
  const split = (a: np.Array) => a.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]);
  let n = normalize(x.ref, p.g1, p.h1);
  const q = split(np.matmul(n.ref, p.wq)), k = split(np.matmul(n.ref, p.wk)), v = split(np.matmul(n, p.wv));
  const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(width / heads));
  const attended = np.matmul(nn.softmax(scores, -1), v);
  const joined = attended.transpose([0, 2, 1, 3]).reshape([batch * length, width]);
  const y = x.add(np.matmul(joined, p.wo));
  n = normalize(y.ref, p.g2, p.h2);
  const result = y.add(np.matmul(nn.relu(np.matmul(n, p.w1).add(p.b1)), p.w2).add(p.b2));
  return np.mean(np.square(result));
}
