/** Operators on integers that stand for floats: each is (integer - zero point) · scale. */
import * as core from "@tapegrad/core";
import type { Call as NodeCall, Given, Operator, Value } from "./call.ts";
import { axisOf, Call } from "./call.ts";
import { network } from "./network.ts";

type Tensor = core.Tensor;

/** The least and the most of the kinds of integers that are quantized to. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  u8: [0, 255],
  i8: [-128, 127],
  u16: [0, 65535],
  i16: [-32768, 32767],
};

function rangeOf(call: NodeCall, zeroPoint: number): readonly [number, number] {
  const told = call.int("output_dtype", 0);
  const kind = call.inputs[zeroPoint] ? call.known(zeroPoint).kind : told === 0 ? "u8" : call.kind(told);
  const range = ranges[kind];
  if (range) return range;
  throw new TypeError(`${kind} is not covered: ${Object.keys(ranges).join(", ")} are`);
}

/** Scales or zero points, one or one for each place of an axis, beside a tensor. */
function beside(x: Tensor, one: Tensor, axis: number): Tensor {
  if (one.size === 1) return core.reshape(one, []);
  if (one.rank !== 1) {
    throw new RangeError("scales of blocks are not covered: one, or one for each place of an axis, are");
  }
  const at = axisOf(axis, x.rank);
  return core.reshape(one, x.shape.map((_, i) => i === at ? one.size : 1));
}

function refuseBlocks(call: NodeCall): void {
  if (call.int("block_size", 0) !== 0) throw new RangeError("blocks that share a scale are not covered");
}

/** Rounded, half to even, and held to what the integers can be. */
function saturated(
  x: Tensor,
  zeroPoint: Tensor | undefined,
  [least, most]: readonly [number, number],
): Tensor {
  const rounded = core.round(x), moved = zeroPoint ? core.add(rounded, zeroPoint.to(x.dtype)) : rounded;
  return core.clamp(moved, least, most).to("i32");
}

const quantize: Operator = (call) => {
  refuseBlocks(call);
  const x = call.tensor(0), axis = call.int("axis", 1), zero = call.maybe(2);
  const scale = beside(x, call.tensor(1), axis);
  return saturated(core.div(x, scale), zero && beside(x, zero, axis), rangeOf(call, 2));
};

const dequantize: Operator = (call) => {
  refuseBlocks(call);
  const x = call.tensor(0), axis = call.int("axis", 1), scale = call.tensor(1), zero = call.maybe(2);
  const moved = zero ? core.sub(x, beside(x, zero, axis)) : x;
  return core.mul(moved.to(scale.dtype), beside(x, scale, axis));
};

const quantizeAsGiven: Operator = (call) => {
  const x = call.tensor(0), range = ranges.u8;
  const most = core.maximum(core.max(x), 0), least = core.minimum(core.min(x), 0);
  const scale = core.div(core.sub(most, least), range[1]);
  const zero = core.clamp(core.round(core.div(core.neg(least), scale)), ...range).to("i32");
  return [saturated(core.div(x, scale), zero, range), scale, zero];
};

/** Integers less their zero point, if they have one: of rows, or of columns. */
function centered(call: NodeCall, i: number, zeroPoint: number, axis: number): Tensor {
  const x = call.tensor(i), zero = call.maybe(zeroPoint);
  return zero ? core.sub(x, beside(x, zero, axis)).to("i32") : x.to("i32");
}

function product(call: NodeCall, [a, aZero]: readonly number[], [b, bZero]: readonly number[]): Tensor {
  const right = call.value(b).shape.length > 1 ? -1 : 0;
  const rows = call.value(a).shape.length > 1 ? -2 : 0;
  return core.matmul(centered(call, a, aZero, rows), centered(call, b, bZero, right));
}

// What pads is the zero point, and so 0 when that is taken away.
function convolved(call: NodeCall, [x, xZero]: readonly number[], [w, wZero]: readonly number[]): Tensor {
  const inputs: Value[] = [centered(call, x, xZero, 1), centered(call, w, wZero, 0)];
  return network.Conv(new Call(call.node, inputs, call.run)) as Tensor;
}

/** Sums of products of integers as integers of another scale. */
function rescaled(call: NodeCall, sums: Tensor, axis: number): Given {
  const [a, b, y] = [1, 4, 6].map((i) => call.tensor(i));
  const scale = core.div(core.mul(beside(sums, a, axis), beside(sums, b, axis)), y);
  return saturated(core.mul(sums.to(y.dtype), scale), call.maybe(7), rangeOf(call, 7));
}

const convolveQuantized: Operator = (call) => {
  const sums = convolved(call, [0, 2], [3, 5]), bias = call.maybe(8);
  return rescaled(call, bias ? core.add(sums, beside(sums, bias, 1)) : sums, 1);
};

/** All of them, by name. */
export const quantized: Readonly<Record<string, Operator>> = {
  ConvInteger: (call) => convolved(call, [0, 2], [1, 3]),
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: quantizeAsGiven,
  MatMulInteger: (call) => product(call, [0, 2], [1, 3]),
  QLinearConv: convolveQuantized,
  QLinearMatMul: (call) => rescaled(call, product(call, [0, 2], [3, 5]), -1),
  QuantizeLinear: quantize,
};
