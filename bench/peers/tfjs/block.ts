import * as tf from "@tensorflow/tfjs";
import { type Contender, timed } from "../../harness/measure.ts";
import { blockInput, matrix, type Parameter, parametersOf } from "../../works/block.ts";
import type { Block } from "../../works/work.ts";

type Parameters = Readonly<Record<string, tf.Variable>>;

export function block(sizes: Block): Contender {
  const p: Parameters = Object.fromEntries(
    Object.entries(parametersOf(sizes)).map(([name, parameter]) => [name, variableOf(parameter)]),
  );
  const x = tf.tensor(blockInput(sizes), [sizes.batch * sizes.length, sizes.width]), all = Object.values(p);
  const step = () => tf.variableGrads(() => forward(x, p, sizes), all);
  const run = () => {
    const { value, grads } = step();
    value.dispose();
    tf.dispose(grads);
  };
  const answer = () =>
    tf.tidy(() => {
      const { value, grads } = step();
      return [value, ...all.map(({ name }) => grads[name].square().sum())].map((t) => t.dataSync()[0]);
    });
  return timed(run, answer);
}

function variableOf(parameter: Parameter): tf.Variable {
  const { shape, fill } = parameter, extents = [...shape];
  return tf.variable(fill === undefined ? tf.tensor(matrix(parameter), extents) : tf.fill(extents, fill));
}

function normalize(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const centered = x.sub(x.mean(1, true)), variance = centered.square().mean(1, true);
  return centered.mul(tf.rsqrt(variance.add(1e-5))).mul(weight).add(bias);
}

function forward(x: tf.Tensor, p: Parameters, { batch, length, width, heads }: Block): tf.Scalar {
  const split = (a: tf.Tensor) => a.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]);
  let n = normalize(x, p.g1, p.h1);
  const [q, k, v] = [p.wq, p.wk, p.wv].map((w) => split(tf.matMul(n, w)));
  const scores = tf.matMul(q, k, false, true).mul(1 / Math.sqrt(width / heads));
  const attended = tf.matMul(tf.softmax(scores), v);
  const y = x.add(tf.matMul(attended.transpose([0, 2, 1, 3]).reshape([batch * length, width]), p.wo));
  n = normalize(y, p.g2, p.h2);
  const inner = tf.relu(tf.matMul(n, p.w1).add(p.b1));
  return y.add(tf.matMul(inner, p.w2).add(p.b2)).square().mean().asScalar();
}
