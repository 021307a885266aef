/** PyTorch's reductions, cumulative ops, softmax and order as calls of ours. */
import {
  all,
  any,
  argmax,
  argmin,
  argsort,
  clamp,
  cummax,
  cummin,
  cumprod,
  cumsum,
  gather,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  norm,
  prod,
  reshape,
  softmax,
  sort,
  std,
  sum,
  type Tensor,
  topk,
  variance,
} from "@tapegrad/core";
import type { Call, StructuredRow } from "./structured.ts";
import type { Structured } from "./reference.ts";

type Kwargs = Structured["kwargs"];
type Axes = number | readonly number[] | undefined;

function axesOf({ dim }: Kwargs): Axes {
  return dim as Axes;
}

function axisOf({ dim }: Kwargs): number | undefined {
  return dim as number | undefined;
}

function keepDims({ keepdim }: Kwargs): { readonly keepDims: boolean } {
  return { keepDims: keepdim === true };
}

type Reduction<O> = (x: Tensor, axes?: Axes, options?: O) => Tensor;

function reduction(op: Reduction<{ readonly keepDims?: boolean }>): Call {
  return ([x], kwargs) => [op(x, axesOf(kwargs), keepDims(kwargs))];
}

// torch.max over an axis gives values and positions, and the gradient goes to that one position.
function extremum(whole: Reduction<object>, position: typeof argmax): Call {
  return ([x], kwargs) => {
    const axis = axisOf(kwargs);
    if (axis === undefined) return [whole(x)];
    const at = position(x, axis, { keepDims: true }), values = gather(x, axis, at);
    const shape = kwargs.keepdim ? at.shape : x.shape.toSpliced(axis, 1);
    return [reshape(values, shape), reshape(at, shape)];
  };
}

function position(op: typeof argmax): Call {
  return ([x], kwargs) => [op(x, axisOf(kwargs), keepDims(kwargs))];
}

function moment(op: typeof variance): Call {
  return ([x], kwargs) => [
    op(x, axesOf(kwargs), { ...keepDims(kwargs), correction: kwargs.unbiased ? 1 : 0 }),
  ];
}

function running(op: typeof cummax): Call {
  return ([x], kwargs) => {
    const { values, indices } = op(x, axisOf(kwargs)!);
    return [values, indices];
  };
}

const differenceOfTerms = "the gradient is a difference of terms of size 1";

/** Every op of the structured cases that core has. */
export const table: Readonly<Record<string, StructuredRow>> = {
  sum: { call: reduction(sum), ulps: 0 },
  mean: { call: reduction(mean), ulps: 0 },
  prod: { call: reduction(prod), ulps: 0 },
  max: { call: extremum(max, argmax), ulps: 0 },
  min: { call: extremum(min, argmin), ulps: 0 },
  amax: { call: reduction(max), ulps: 0 },
  amin: { call: reduction(min), ulps: 0 },
  argmax: { call: position(argmax), ulps: 0 },
  argmin: { call: position(argmin), ulps: 0 },
  any: { call: reduction(any), ulps: 0 },
  all: { call: reduction(all), ulps: 0 },
  var: { call: moment(variance), ulps: 2, gradientSize: 1, why: differenceOfTerms },
  std: { call: moment(std), ulps: 2, gradientSize: 1, why: differenceOfTerms },
  logSumExp: { call: reduction(logSumExp), ulps: 2 },
  norm: {
    call: ([x], kwargs) => [norm(x, axesOf(kwargs), { ...keepDims(kwargs), order: Number(kwargs.ord) })],
    ulps: 8,
    why: "a power with an exponent such as 1/3, which is itself rounded",
  },
  cumsum: { call: ([x], kwargs) => [cumsum(x, axisOf(kwargs)!)], ulps: 0 },
  cumprod: { call: ([x], kwargs) => [cumprod(x, axisOf(kwargs)!)], ulps: 0 },
  cummax: { call: running(cummax), ulps: 0 },
  cummin: { call: running(cummin), ulps: 0 },
  softmax: {
    call: ([x], kwargs) => [softmax(x, axisOf(kwargs))],
    ulps: 2,
    gradientSize: 1,
    why: differenceOfTerms,
  },
  logSoftmax: {
    call: ([x], kwargs) => [logSoftmax(x, axisOf(kwargs))],
    ulps: 2,
    gradientSize: 1,
    why: differenceOfTerms,
  },
  sort: {
    call: ([x], kwargs) => {
      const { values, indices } = sort(x, axisOf(kwargs), { descending: kwargs.descending === true });
      return [values, indices];
    },
    ulps: 0,
  },
  argsort: {
    call: ([x], kwargs) => [argsort(x, axisOf(kwargs), { descending: kwargs.descending === true })],
    ulps: 0,
  },
  topk: {
    call: ([x], kwargs) => {
      const options = { axis: axisOf(kwargs), largest: kwargs.largest !== false };
      const { values, indices } = topk(x, Number(kwargs.k), options);
      return [values, indices];
    },
    ulps: 0,
  },
  clamp: {
    call: ([x], { min: low, max: high }) => [clamp(x, Number(low ?? -Infinity), Number(high ?? Infinity))],
    ulps: 0,
  },
};

/** The ops of structured cases that are losses: `losses_test.ts` has their rows. */
export const ofLosses: readonly string[] = [
  "mse",
  "l1",
  "bce",
  "bceWithLogits",
  "crossEntropy",
  "huber",
  "smoothL1",
];
