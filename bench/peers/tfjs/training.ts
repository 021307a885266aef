import * as tf from "@tensorflow/tfjs";
import { type Contender, timed } from "../../harness/measure.ts";
import { firstLosses, layersOf, lessonOf } from "../../works/training.ts";
import type { Training } from "../../works/work.ts";

export function training(given: Training): Contender {
  const { x: data, labels, classes } = lessonOf(given), { sizes, batch } = given;
  const x: tf.Tensor = tf.tensor2d(data, [batch, sizes[0]]);
  const y: tf.Tensor = labels
    ? tf.tensor2d(labels, [batch, 1])
    : tf.oneHot(tf.tensor1d(classes!, "int32"), sizes[sizes.length - 1]).toFloat();
  const parameters = layersOf(given).map(({ inputs, outputs, weight, bias }) => ({
    w: tf.variable(tf.tensor2d(weight, [inputs, outputs])),
    b: tf.variable(tf.tensor1d(bias)),
  }));
  const optimizer = tf.train.sgd(given.rate);
  const loss = (): tf.Scalar => {
    const output = parameters.reduce((h, { w, b }, i) => tf.matMul(i === 0 ? h : tf.relu(h), w).add(b), x);
    return labels ? output.sub(y).square().mean().asScalar() : tf.losses.softmaxCrossEntropy(y, output);
  };
  const step = () => {
    const value = optimizer.minimize(loss, true)!, [last] = value.dataSync();
    value.dispose();
    return last;
  };
  return timed(step, () => firstLosses(step));
}
