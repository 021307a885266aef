import { fromArray, scope, tensor } from "@tapegrad/tapegrad";
import { Linear, MSELoss, Sequential, Tanh } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { numpy as np, valueAndGrad } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs";
import { COUNT, labels, points } from "../inputs.ts";
import { type Contender, timed } from "../measure.ts";
import { array, elements, inMode, jaxVariants, type Mode, syncModes } from "../peers/jax.ts";
import { tensorOf, tfjsVariants } from "../peers/tfjs.ts";
import { ours, type Workload } from "../workload.ts";

const STARTS = [[2, 2], [2, 0], [-2, 2], [-2, -2]] as const;
const EPOCHS = 400;
const RATE = 0.1;

/** Experiment 4: a perceptron from four starts, its loss read in each epoch. */
export const perceptron: Workload = {
  name: "perceptron",
  about: "experiment 4: 4 × 400 epochs of tanh(w·x + b) on 100 points, the loss read in each",
  unit: "ms",
  cases: [{
    label: "",
    dtype: "f32",
    ours: ours("nn and optim", byUs),
    peers: [...jaxVariants(syncModes, jax), ...tfjsVariants(tfjs)],
  }],
};

type Start = typeof STARTS[number];

function byUs(): Contender {
  const x = fromArray(points, [COUNT, 2]), y = fromArray(labels, [COUNT, 1]);
  const run = () => STARTS.flatMap((start) => scope(() => train(start)));
  return timed(run, run);

  function train(start: Start): number[] {
    const model = new Sequential(new Linear(2, 1), new Tanh());
    model.loadStateDict({ "0.weight": tensor([start]), "0.bias": tensor([0]) });
    const criterion = new MSELoss();
    const optimizer = new GD(model.parameters(), { learningRate: RATE });
    let last = 0;
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      optimizer.zeroGrad();
      const loss = criterion.forward(model.forward(x), y);
      last = loss.itemSync();
      loss.backward();
      optimizer.step();
    }
    return [...model.parameters().flatMap((p) => [...p.dataSync()]), last];
  }
}

function jax(mode: Mode): Contender {
  type State = [w: np.Array, b: np.Array];
  const x = array(points, [COUNT, 2]), y = array(labels, [COUNT, 1]);
  const loss = ([w, b]: State, x: np.Array, y: np.Array) =>
    np.square(np.tanh(np.matmul(x, w).add(b)).sub(y)).mean();
  const both = valueAndGrad(loss);
  const step = inMode(([w, b]: State, x: np.Array, y: np.Array): [np.Array, ...State] => {
    const [value, [dw, db]] = both([w.ref, b.ref], x, y);
    return [value, w.sub(dw.mul(RATE)), b.sub(db.mul(RATE))];
  }, mode);

  function train(start: Start): number[] {
    let state: State = [np.array([...start]).reshape([2, 1]), np.zeros([1])];
    let last = 0;
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const [value, ...next] = step(state, x.ref, y.ref);
      state = next;
      // The next loss needs both, so reading it bounds what is pending.
      last = value.dataSync()[0];
    }
    return [...elements(state), last];
  }
  const run = () => STARTS.flatMap(train);
  return timed(run, run);
}

function tfjs(): Contender {
  const x = tensorOf(points, [COUNT, 2]), y = tensorOf(labels, [COUNT, 1]);
  const run = () => STARTS.flatMap((start) => tf.tidy(() => train(start)));
  return timed(run, run);

  function train(start: Start): number[] {
    const w = tf.variable(tf.tensor2d([...start], [2, 1])), b = tf.variable(tf.zeros([1]));
    const optimizer = tf.train.sgd(RATE);
    const loss = () => tf.matMul(x, w).add(b).tanh().sub(y).square().mean().asScalar();
    let last = 0;
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const value = optimizer.minimize(loss, true)!;
      last = value.dataSync()[0];
      value.dispose();
    }
    const result = [...w.dataSync(), ...b.dataSync(), last];
    tf.dispose([w, b]);
    return result;
  }
}
