import * as tf from "@tensorflow/tfjs";
import { type Contender, timed } from "../../harness/measure.ts";
import { positives, sampled } from "../../works/inputs.ts";
import type { Count, Product } from "../../works/work.ts";

export function chain({ n }: Count): Contender {
  const x = tf.tensor(positives(n), [n]);
  return unread(() => x.mul(2).add(1).tanh().mul(x));
}

export function softmax({ n }: Count): Contender {
  const x = tf.tensor(positives(n * n), [n, n]);
  return unread(() => tf.softmax(x));
}

function unread(y: () => tf.Tensor): Contender {
  return timed(() => tf.tidy(() => void y()), () => tf.tidy(() => sampled(y().dataSync())));
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
