import * as tf from "@tensorflow/tfjs";
import { type Contender, timed } from "../../harness/measure.ts";
import { positives, sampled, shifted } from "../../works/inputs.ts";
import type { Count, Product } from "../../works/work.ts";

export function chain({ n }: Count): Contender {
  const x = tf.tensor(positives(n), [n]);
  return unread(() => x.mul(2).add(1).tanh().mul(x));
}

export function softmax({ n }: Count): Contender {
  const x = tf.tensor(positives(n * n), [n, n]);
  return unread(() => tf.softmax(x));
}

export function layernorm({ n }: Count): Contender {
  const x = tf.tensor(positives(n * n), [n, n]);
  return unread(() => {
    const centered = x.sub(x.mean(1, true)), variance = centered.square().mean(1, true);
    return centered.mul(tf.rsqrt(variance.add(1e-5)));
  }, shifted);
}

function unread(
  y: () => tf.Tensor,
  compared: (values: ArrayLike<number>) => number[] = sampled,
): Contender {
  return timed(() => tf.tidy(() => void y()), () => tf.tidy(() => compared(y().dataSync())));
}

export function sum({ n }: Count): Contender {
  const x = tf.tensor(positives(n), [n]);
  const run = () => tf.tidy(() => x.sum().dataSync());
  return timed(run, run);
}

export function sgemm({ n, transposed: [left, right] }: Product): Contender {
  const [a, b] = [1, 2].map((seed) => tf.tensor2d(positives(n * n, seed), [n, n]));
  const product = () => tf.matMul(a, b, left, right);
  return {
    ...timed(() => product().dispose(), () => tf.tidy(() => product().slice([n - 1, 0]).dataSync())),
    close: () => tf.dispose([a, b]),
  };
}
