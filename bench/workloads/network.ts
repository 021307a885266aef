import { fromArray, scope, type Tensor } from "@tapegrad/tapegrad";
import { Linear, MSELoss, ReLU, Sequential } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs";
import { COUNT, labels, points, positives } from "../inputs.ts";
import { type Contender, timed } from "../measure.ts";
import { array, inMode, jaxVariants, type Mode, mostModes } from "../peers/jax.ts";
import { tensorOf, tfjsVariants } from "../peers/tfjs.ts";
import { ours, type Workload } from "../workload.ts";

const SIZES = [2, 64, 64, 1];
const RATE = 0.01;
/** How many steps are compared before the timing starts. */
const COMPARED = 10;

/** One step of training a small network on the points of experiment 4, with the loss read. */
export const network: Workload = {
  name: "network",
  about: "a training step of a 2-64-64-1 network with relu, 100 points, the loss read",
  unit: "µs",
  cases: [{
    label: "",
    dtype: "f32",
    ours: ours("nn and optim", byUs),
    peers: [...jaxVariants(mostModes, jax), ...tfjsVariants(tfjs)],
  }],
};

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** `[inputs, outputs]`, row by row. */
  readonly weight: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

function layers(): Layer[] {
  return SIZES.slice(1).map((outputs, i) => {
    const inputs = SIZES[i], bound = 1 / Math.sqrt(inputs);
    const weight = positives(inputs * outputs, i + 1).map((p) => (2 * p - 1) * bound);
    return { inputs, outputs, weight, bias: new Float32Array(outputs) };
  });
}

/** The losses of the first steps; those timed go on from there. */
async function firstLosses(step: () => number | Promise<number>): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < COMPARED; i++) losses.push(await step());
  return losses;
}

function byUs(): Contender {
  const train = trainer();
  const step = () => scope(() => train().itemSync());
  return timed(step, () => firstLosses(step));
}

/** Trains `steps` steps and then awaits the loss, as one does on a device. */
export function bySteps(steps: number): Contender {
  const train = trainer();
  const run = async () => {
    for (let i = 1; i < steps; i++) scope(() => void train());
    using loss = scope(train);
    return await loss.item();
  };
  return timed(run, () => firstLosses(run));
}

/** The network, and what makes a step and gives its loss. */
function trainer(): () => Tensor {
  const x = fromArray(points, [COUNT, 2]), y = fromArray(labels, [COUNT, 1]);
  const [first, second, third] = SIZES.slice(1).map((outputs, i) => new Linear(SIZES[i], outputs));
  const model = new Sequential(first, new ReLU(), second, new ReLU(), third);
  layers().forEach(({ inputs, outputs, weight, bias }, i) => {
    const weights = fromArray(weight, [inputs, outputs]).transpose();
    [first, second, third][i].loadStateDict({ weight: weights, bias: fromArray(bias, [outputs]) });
  });
  const criterion = new MSELoss();
  const optimizer = new GD(model.parameters(), { learningRate: RATE });
  return () => {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
}

function jax(mode: Mode): Contender {
  return jaxSteps(mode, 1);
}

/** The same with jax-js. */
export function jaxSteps(mode: Mode, steps: number): Contender {
  type State = [w: np.Array, b: np.Array][];
  const x = array(points, [COUNT, 2]), y = array(labels, [COUNT, 1]);
  let state: State = layers().map((
    l,
  ) => [array(l.weight, [l.inputs, l.outputs]), array(l.bias, [l.outputs])]);
  const loss = (state: State, x: np.Array, y: np.Array) => {
    const output = state.reduce((h, [w, b], i) => np.matmul(i === 0 ? h : nn.relu(h), w).add(b), x);
    return np.square(output.sub(y)).mean();
  };
  const both = valueAndGrad(loss);
  const next = inMode((state: State, x: np.Array, y: np.Array): [np.Array, State] => {
    const [value, gradients] = both(state.map(([w, b]) => [w.ref, b.ref]), x, y);
    const moved = (p: np.Array, g: np.Array) => p.sub(g.mul(RATE));
    return [value, state.map(([w, b], i) => [moved(w, gradients[i][0]), moved(b, gradients[i][1])])];
  }, mode);
  const train = () => {
    const [value, moved] = next(state, x.ref, y.ref);
    state = moved;
    return value;
  };
  const run = () => {
    for (let i = 1; i < steps; i++) train().dispose();
    // The next loss needs all of them, so reading it bounds what is pending.
    const value = train();
    return mode.sync ? value.dataSync()[0] : value.data().then(([l]) => l);
  };
  return timed(run, () => firstLosses(run));
}

function tfjs(): Contender {
  const x = tensorOf(points, [COUNT, 2]), y = tensorOf(labels, [COUNT, 1]);
  const parameters = layers().map(({ inputs, outputs, weight, bias }) => ({
    w: tf.variable(tensorOf(weight, [inputs, outputs])),
    b: tf.variable(tensorOf(bias, [outputs])),
  }));
  const optimizer = tf.train.sgd(RATE);
  const loss = () => {
    const output = parameters.reduce((h, { w, b }, i) => tf.matMul(i === 0 ? h : tf.relu(h), w).add(b), x);
    return output.sub(y).square().mean().asScalar();
  };
  const step = () => {
    const value = optimizer.minimize(loss, true)!, [last] = value.dataSync();
    value.dispose();
    return last;
  };
  return timed(step, () => firstLosses(step));
}
