/** Operators over axes, and products of matrices. */
import * as core from "@tapegrad/core";
import { sizeOf, type Tensor } from "@tapegrad/core";
import { axisOf, type Call, type Operator } from "./call.ts";
import { Known, reduced } from "./known.ts";
import { axesOf } from "./rearranging.ts";

type Over = (x: Tensor, axes: readonly number[], keepDims: boolean) => Tensor;

/** A reduction whose axes are an input from a version on. */
function reduction(from: number, op: Over, host?: (numbers: readonly number[]) => number): Operator {
  return (call) => {
    const x = call.value(0),
      shape = x.shape,
      given = axesOf(call, from),
      keeps = call.int("keepdims", 1) === 1;
    if (!given && call.int("noop_with_empty_axes", 0) === 1) return x;
    const axes = (given ?? shape.map((_, i) => i)).map((axis) => axisOf(axis, shape.length));
    if (x instanceof Known && host) return reduced(x, axes, keeps, host);
    return op(call.tensor(0), axes, keeps);
  };
}

function summed(x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
  return core.sum(x, axes, { keepDims }).to(x.dtype);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

// Bools are as 0 and 1 there.
function extremum(op: typeof core.max): Over {
  return (x, axes, keepDims) => op(x, axes, { keepDims });
}

/** Before opset 13 what follows the axis was one with it. */
function alongAxis(op: (x: Tensor, axis: number) => Tensor): Operator {
  return (call) => {
    const x = call.tensor(0);
    if (call.version >= 13) return op(x, axisOf(call.int("axis", -1), x.rank));
    const axis = axisOf(call.int("axis", 1), x.rank);
    const rows = core.reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
    return core.reshape(op(rows, 1), x.shape);
  };
}

function hardmax(x: Tensor, axis: number): Tensor {
  const places = core.cumsum(core.onesLike(x), axis).sub(1);
  return core.equal(places, core.argmax(x, axis, { keepDims: true })).to(x.dtype);
}

const matMul: Operator = (call) => core.matmul(call.tensor(0), call.tensor(1));

function turned(x: Tensor, isTurned: boolean): Tensor {
  return isTurned ? core.permute(x, [1, 0]) : x;
}

function times(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : core.mul(x, factor);
}

const gemm: Operator = (call) => {
  const a = turned(call.tensor(0), call.int("transA", 0) === 1), c = call.maybe(2);
  const b = turned(call.tensor(1), call.int("transB", 0) === 1);
  const product = times(core.matmul(a, b), call.float("alpha", 1)), beta = call.float("beta", 1);
  return c && beta !== 0 ? core.add(product, times(c, beta)) : product;
};

const einsum: Operator = (call) =>
  core.einsum(call.text("equation", "").replaceAll(" ", ""), ...call.tensors());

function logSum(x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
  return core.log(core.sum(x, axes, { keepDims }));
}

const lpNormalization: Operator = (call) => {
  const x = call.tensor(0), axis = axisOf(call.int("axis", -1), x.rank), isFirst = call.int("p", 2) === 1;
  const sums = core.sum(isFirst ? x.abs() : x.square(), axis, { keepDims: true });
  const norm = isFirst ? sums : core.sqrt(sums);
  return core.where(core.equal(norm, 0), core.mul(x, 0), core.div(x, norm));
};

const det: Operator = (call: Call) => core.linalg.det(call.tensor(0));

/** All of them, by name. */
export const reductions: Readonly<Record<string, Operator>> = {
  Det: det,
  Einsum: einsum,
  Gemm: gemm,
  Hardmax: alongAxis(hardmax),
  LogSoftmax: alongAxis((x, axis) => core.logSoftmax(x, axis)),
  LpNormalization: lpNormalization,
  MatMul: matMul,
  ReduceL1: reduction(18, (x, axes, keepDims) => core.sum(core.abs(x), axes, { keepDims })),
  ReduceL2: reduction(18, (x, axes, keepDims) => core.sqrt(core.sum(core.square(x), axes, { keepDims }))),
  ReduceLogSum: reduction(18, logSum),
  ReduceLogSumExp: reduction(18, (x, axes, keepDims) => core.logSumExp(x, axes, { keepDims })),
  ReduceMax: reduction(18, extremum(core.max), (numbers) => Math.max(...numbers)),
  ReduceMean: reduction(18, (x, axes, keepDims) => core.mean(x, axes, { keepDims })),
  ReduceMin: reduction(18, extremum(core.min), (numbers) => Math.min(...numbers)),
  ReduceProd: reduction(
    18,
    (x, axes, keepDims) => core.prod(x, axes, { keepDims }).to(x.dtype),
    (numbers) => numbers.reduce((a, b) => a * b, 1),
  ),
  ReduceSum: reduction(13, summed, total),
  ReduceSumSquare: reduction(18, (x, axes, keepDims) => summed(core.square(x), axes, keepDims)),
  Softmax: alongAxis((x, axis) => core.softmax(x, axis)),
};
