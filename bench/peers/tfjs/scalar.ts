import * as tf from "@tensorflow/tfjs";
import { type Contender, timed } from "../../harness/measure.ts";
import { COUNT, labels, points } from "../../works/inputs.ts";
import type { Runs } from "../../works/work.ts";

const AT = 10;

export function gradient(): Contender {
  const both = tf.valueAndGrad((x) => x.sub(3).pow(tf.div(2, x)).sub(1).pow(x.sub(1)));
  const x = tf.scalar(AT);
  const run = () =>
    tf.tidy(() => {
      const { value, grad } = both(x);
      return [value.dataSync()[0], grad.dataSync()[0]];
    });
  return timed(run, run);
}

export function perceptron({ starts, epochs, rate }: Runs): Contender {
  const x = tf.tensor2d(points, [COUNT, 2]), y = tf.tensor2d(labels, [COUNT, 1]);
  const run = () => starts.flatMap((start) => tf.tidy(() => train(start)));
  return timed(run, run);

  function train(start: readonly number[]): number[] {
    const w = tf.variable(tf.tensor2d([...start], [2, 1])), b = tf.variable(tf.zeros([1]));
    const optimizer = tf.train.sgd(rate);
    const loss = () => tf.matMul(x, w).add(b).tanh().sub(y).square().mean().asScalar();
    let last = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const value = optimizer.minimize(loss, true)!;
      last = value.dataSync()[0];
      value.dispose();
    }
    const result = [...w.dataSync(), ...b.dataSync(), last];
    tf.dispose([w, b]);
    return result;
  }
}
