/** Steps of training a network, for the works that differ in its size. */
import { fromArray, scope, type Tensor } from "@tapegrad/tapegrad";
import { crossEntropy, Linear, type Module, mseLoss, ReLU, Sequential } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { type Contender, timed } from "../harness/measure.ts";
import { labels, points, positives } from "./inputs.ts";
import type { Training } from "./work.ts";

/** How many losses are compared before the timing starts. */
const COMPARED = 10;

/** A layer as every library starts with it. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** `[inputs, outputs]`, row by row. */
  readonly weight: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

/** The layers of a network. */
export function layersOf({ sizes }: Training): Layer[] {
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i], bound = 1 / Math.sqrt(inputs);
    const weight = positives(inputs * outputs, i + 1).map((p) => (2 * p - 1) * bound);
    return { inputs, outputs, weight, bias: new Float32Array(outputs) };
  });
}

/** What a network learns: the points of experiment 4 by their labels, or numbers by classes in turn. */
export interface Lesson {
  readonly x: Float32Array<ArrayBuffer>;
  /** A label of each point; nothing where there are classes. */
  readonly labels?: Float32Array<ArrayBuffer>;
  /** The class of each row. */
  readonly classes?: Int32Array<ArrayBuffer>;
}

/** What a network of this size learns. */
export function lessonOf({ sizes, batch }: Training): Lesson {
  const outputs = sizes[sizes.length - 1];
  if (outputs === 1) return { x: points, labels };
  const classes = Int32Array.from({ length: batch }, (_, i) => i % outputs);
  return { x: positives(batch * sizes[0], sizes.length), classes };
}

/** The losses of the first steps; those timed go on from there. */
export async function firstLosses(step: () => number | Promise<number>): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < COMPARED; i++) losses.push(await step());
  return losses;
}

/** What becomes of a step: itself, or it compiled. */
type Made = (step: () => Tensor) => () => Tensor;

/** Training with the loss read after each step, at once. */
export function byStep(training: Training, made: Made = (step) => step): Contender {
  const train = made(trainer(training));
  const step = () => scope(() => train().itemSync());
  return timed(step, () => firstLosses(step));
}

/** Training with the loss awaited after several steps, as one does on a device. */
export function bySteps(training: Training, made: Made = (step) => step): Contender {
  const train = made(trainer(training));
  const run = async () => {
    for (let i = 1; i < training.steps; i++) scope(() => void train());
    using loss = scope(train);
    return await loss.item();
  };
  return timed(run, () => firstLosses(run));
}

/** What makes a step and gives its loss. */
export function trainer(training: Training): () => Tensor {
  const { x: data, labels, classes } = lessonOf(training), { sizes, batch } = training;
  const x = fromArray(data, [batch, sizes[0]]);
  const y = labels ? fromArray(labels, [batch, 1]) : fromArray(classes!, [batch]);
  const lossOf = labels ? mseLoss : crossEntropy;
  const model = modelOf(training);
  const optimizer = new GD(model.parameters(), { learningRate: training.rate });
  return () => {
    optimizer.zeroGrad();
    const loss = lossOf(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
}

function modelOf(training: Training): Sequential {
  const parts = layersOf(training).flatMap(({ inputs, outputs, weight, bias }, i): Module[] => {
    const linear = new Linear(inputs, outputs);
    const transposed = fromArray(weight, [inputs, outputs]).transpose();
    linear.loadStateDict({ weight: transposed, bias: fromArray(bias, [outputs]) });
    return i === 0 ? [linear] : [new ReLU(), linear];
  });
  return new Sequential(...parts);
}
