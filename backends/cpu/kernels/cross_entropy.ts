/** Cross-entropy of classes, lane by lane in double precision, with one logarithm a lane. */
import { type CrossEntropyAttributes, isFloating, type Kernel, type View } from "@tapegrad/core/backend";
import { outOfRange } from "../../common/index_range.ts";
import { along, otherAxes, plain, reshaped } from "../../common/views.ts";
import { eachOuter, walkOf } from "../../common/walk.ts";
import { elementsOf, load, store } from "../loops.ts";
import { exponential } from "./exponential.ts";
import { largest, sumOf } from "./lane_work.ts";

/** What is at hand of the sample whose turn it is. */
interface Sample {
  /** Its logits, or their softmax. */
  readonly x: Float64Array;
  /** Room for their exponentials, and for the weight times the part in the loss of each class. */
  readonly powers: Float64Array;
  readonly shares: Float64Array;
  /** The weight of each class. */
  readonly weights: Float64Array;
  /** The class that is the target; `null` where it is ignored, or where it is probabilities, which are in `shares` then. */
  target: number | null;
  isIgnored: boolean;
}

// Views after the first three are asked for positions alone.
function eachSample(
  [x, target, weight, ...views]: readonly View[],
  { axis, ignoreIndex }: CrossEntropyAttributes,
  visit: (sample: Sample, positions: readonly number[]) => void,
): void {
  const n = x.shape[axis], isClass = !isFloating(target.dtype), kept = otherAxes(x.shape.length, [axis]);
  const lanes = [x, isClass ? unsqueezed(target, axis) : target, ...views];
  const walk = walkOf(lanes.map((view) => along(view, kept)), kept.map((i) => x.shape[i]));
  const [from, targets, given] = [x, target, weight].map(elementsOf), weights = lane(n);
  load(given, weight.offset, weight.strides[0], weights);
  const room = { x: lane(n), powers: lane(n), shares: lane(n), weights };
  const sample: Sample = { ...room, target: null, isIgnored: false };
  eachOuter(walk, 0, (at) => {
    if (isClass) aim(sample, targets[at[1]], ignoreIndex, axis);
    else load(targets, at[1], target.strides[axis], sample.shares);
    load(from, at[0], x.strides[axis], sample.x);
    visit(sample, at);
  });
}

function aim(sample: Sample, target: number, ignoreIndex: number | null, axis: number): void {
  const { length: n } = sample.x;
  sample.isIgnored = target === ignoreIndex;
  sample.target = sample.isIgnored ? null : target;
  if (!sample.isIgnored && !(target >= 0 && target < n)) throw outOfRange("gather", target, axis, n);
}

function lane(n: number): Float64Array {
  return new Float64Array(n);
}

// What has one element a sample, in the axes of what has one a class.
function unsqueezed(view: View, axis: number): View {
  const { shape, strides } = view;
  return reshaped(view, shape.toSpliced(axis, 0, 1), strides.toSpliced(axis, 0, 0));
}

const ones: View = { buffer: Float64Array.of(1) as never, dtype: "f64", shape: [1], strides: [0], offset: 0 };

// The largest logit and the sum of exponentials of what the others are below it, which stay in `powers`.
function power({ x, powers }: Sample, exp: (x: number) => number): readonly [most: number, sum: number] {
  const most = largest(x);
  for (let j = 0; j < x.length; j++) powers[j] = exp(x[j] - most);
  return [most, sumOf(powers)];
}

function expOf({ dtype }: View): (x: number) => number {
  return dtype === "f64" ? Math.exp : exponential;
}

// Each class's weight times its part in the loss.
function share({ shares, weights, target }: Sample, { labelSmoothing }: CrossEntropyAttributes): void {
  const even = labelSmoothing / shares.length, rest = 1 - labelSmoothing;
  if (target === null) {
    for (let j = 0; j < shares.length; j++) shares[j] = weights[j] * (rest * shares[j] + even);
  } else {
    for (let j = 0; j < shares.length; j++) shares[j] = weights[j] * even;
    shares[target] += weights[target] * rest;
  }
}

function lossOf(sample: Sample, most: number, log: number, attributes: CrossEntropyAttributes): number {
  const { x, shares, weights, target, isIgnored } = sample;
  if (isIgnored) return 0;
  if (target !== null && attributes.labelSmoothing === 0) return -weights[target] * (x[target] - most - log);
  share(sample, attributes);
  let loss = 0;
  for (let j = 0; j < x.length; j++) loss -= shares[j] * (x[j] - most - log);
  return loss;
}

// The gradient of x in the place of its softmax.
function pull(sample: Sample, ct: number, attributes: CrossEntropyAttributes): void {
  const { x, shares, weights, target, isIgnored } = sample;
  if (isIgnored) x.fill(0);
  else if (target !== null && attributes.labelSmoothing === 0) {
    const slope = ct * weights[target];
    for (let j = 0; j < x.length; j++) x[j] *= slope;
    x[target] -= slope;
  } else {
    share(sample, attributes);
    const total = sumOf(shares);
    for (let j = 0; j < x.length; j++) x[j] = ct * (x[j] * total - shares[j]);
  }
}

/** The loss of each sample, and the softmax of its logits. */
export const crossEntropy: Kernel<CrossEntropyAttributes> = (inputs, [losses, softmax], attributes) => {
  const [x, target, weight = ones] = inputs.map(plain), { axis } = attributes, exp = expOf(x);
  const [to, chances] = [losses, softmax].map(elementsOf), step = softmax.strides[axis];
  const views = [x, target, weight, unsqueezed(losses, axis), plain(softmax)];
  eachSample(views, attributes, (sample, at) => {
    const { powers } = sample, [most, sum] = power(sample, exp);
    to[at[2]] = lossOf(sample, most, Math.log(sum), attributes);
    for (let j = 0; j < powers.length; j++) powers[j] /= sum;
    store(chances, at[3], step, powers);
  });
};

/** The gradient of x, from its softmax. */
export const crossEntropyBackward: Kernel<CrossEntropyAttributes> = (inputs, [output], attributes) => {
  const [p, target, ct, weight = ones] = inputs.map(plain), { axis } = attributes;
  const [to, cts] = [output, ct].map(elementsOf), step = output.strides[axis];
  eachSample([p, target, weight, unsqueezed(ct, axis), plain(output)], attributes, (sample, at) => {
    pull(sample, cts[at[2]], attributes);
    store(to, at[3], step, sample.x);
  });
};
