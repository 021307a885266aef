/** PyTorch's `masked` operators: what is masked out counts as the identity of the operator. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";
import { medianOf } from "./reductions.ts";

function filled(c: Call, value: number): Tensor {
  const mask = c.maybe(NAMED, "mask");
  return mask ? t.where(mask, c.tensor(0), value) : c.tensor(0);
}

type Reduce = (x: Tensor, axes?: t.Axes, options?: t.ReduceOptions) => Tensor;

function reduce(op: Reduce, identity: number): Operator {
  return (c) => op(filled(c, identity), c.axes(1), c.keep(2));
}

function counted(c: Call): Tensor {
  const mask = c.maybe(NAMED, "mask"), x = c.tensor(0);
  const kept = mask ? t.expand(mask.to(x.dtype), x.shape) : x.onesLike();
  return t.sum(kept, c.axes(1), { keepDims: true });
}

function mean(c: Call): Tensor {
  return shaped(t.sum(filled(c, 0), c.axes(1), { keepDims: true }).div(counted(c)), c);
}

// Reduced axes, kept so far, are dropped unless asked for.
function shaped(result: Tensor, c: Call): Tensor {
  if (c.keep(2).keepDims) return result;
  const rank = result.rank, axes = c.axes(1)?.map((a) => a < 0 ? a + rank : a);
  return result.reshape(result.shape.filter((_, i) => axes && !axes.includes(i)));
}

function variance(c: Call): Tensor {
  const count = counted(c), total = t.sum(filled(c, 0), c.axes(1), { keepDims: true });
  const mask = c.maybe(NAMED, "mask"), squares = t.square(c.tensor(0).sub(total.div(count)));
  const sum = t.sum(mask ? t.where(mask, squares, 0) : squares, c.axes(1), { keepDims: true });
  const left = c.flag(NAMED, "unbiased", false) ? t.maximum(count.sub(1), 0) : count;
  return shaped(sum.div(left), c);
}

function along(op: (x: Tensor, axis: number) => Tensor, identity: number): Operator {
  return (c) => op(filled(c, identity), c.number(1, "dim"));
}

function norm(c: Call): Tensor {
  const order = c.number(1, "ord", 2), mask = c.maybe(NAMED, "mask");
  const x = mask ? t.where(mask, c.tensor(0), order === -Infinity ? Infinity : 0) : c.tensor(0);
  return t.norm(x, c.axes(2), { order, ...c.keep(3) });
}

function normalize(c: Call): Tensor {
  const x = filled(c, 0), whole = x.rank === 0 ? x.reshape([1]) : x, axis = c.number(2, "dim");
  const length = t.norm(whole, axis, { order: c.number(1, "ord"), keepDims: true });
  return whole.div(t.maximum(length, c.number(NAMED, "eps", 1e-12))).reshape(x.shape);
}

function logaddexp(c: Call): Tensor {
  const side = (at: number, name: string) => {
    const mask = c.maybe(NAMED, name);
    return mask ? t.where(mask, c.tensor(at), -Infinity) : c.tensor(at);
  };
  return t.logaddexp(side(0, "input_mask"), side(1, "other_mask"));
}

function median(c: Call): Tensor {
  return medianOf(filled(c, NaN), c.number(1, "dim"), { ignoreNaN: true, ...c.keep(2) })[0];
}

/** PyTorch's names of masked operators. */
export const masked: Readonly<Record<string, Operator>> = {
  "masked.amax": reduce(t.max, -Infinity),
  "masked.amin": reduce(t.min, Infinity),
  "masked.logsumexp": reduce(t.logSumExp, -Infinity),
  "masked.mean": mean,
  "masked.prod": reduce(t.prod, 1),
  "masked.sum": reduce(t.sum, 0),
  "masked.var": variance,
  "masked.std": (c) => t.sqrt(variance(c)),
  "masked.median": median,
  "masked.norm": norm,
  "masked.normalize": normalize,
  "masked.cumprod": along(t.cumprod, 1),
  "masked.cumsum": along(t.cumsum, 0),
  "masked.softmax": along(t.softmax, -Infinity),
  "masked.log_softmax": along(t.logSoftmax, -Infinity),
  "masked.softmin": along((x, axis) => t.softmax(t.neg(x), axis), Infinity),
  "masked.logaddexp": logaddexp,
};
