/** Operators that read and write at indices, and those that count. */
import * as core from "@tapegrad/core";
import { contiguousStrides, type Shape, sizeOf, type Tensor } from "@tapegrad/core";
import { axisOf, type Call, type Operator, type Value } from "./call.ts";
import { integers, Known, mapped, picked } from "./known.ts";

/** Indices counted from the front. */
function upward(call: Call, index: Value, extent: number): Tensor {
  if (!(index instanceof Known)) return core.where(index.less(0), index.add(extent), index);
  const isUp = index.data.every((i) => i >= 0);
  return call.asTensor(isUp ? index : mapped(index.kind, [index], (i) => i < 0 ? i + extent : i));
}

const gather: Operator = (call) => {
  const x = call.value(0),
    index = call.value(1),
    shape = x.shape,
    axis = axisOf(call.int("axis", 0), shape.length);
  const extents = index.shape, result = [...shape.slice(0, axis), ...extents, ...shape.slice(axis + 1)];
  if (x instanceof Known && index instanceof Known) {
    checkIndices(index.data, shape[axis]);
    const flat = index.data.map((i) => i < 0 ? i + shape[axis] : i), strides = contiguousStrides(extents);
    return picked(x, result, (place) => {
      const at = extents.reduce((sum, _, k) => sum + place[axis + k] * strides[k], 0);
      return [...place.slice(0, axis), flat[at], ...place.slice(axis + extents.length)];
    });
  }
  const places = core.reshape(upward(call, index, shape[axis]), [sizeOf(extents)]);
  return core.reshape(core.indexSelect(call.tensor(0), axis, places), result);
};

function checkIndices(indices: readonly number[], extent: number): void {
  const odd = indices.find((i) => i < -extent || i >= extent);
  if (odd !== undefined) throw new RangeError(`index ${odd} is none of ${extent}`);
}

const gatherElements: Operator = (call) => {
  const x = call.tensor(0), axis = axisOf(call.int("axis", 0), x.rank);
  return core.gather(x, axis, upward(call, call.value(1), x.shape[axis]));
};

const meetings: Readonly<Record<string, core.ScatterReduceOptions["reduce"]>> = {
  add: "sum",
  mul: "prod",
  max: "amax",
  min: "amin",
};

function scatter(x: Tensor, axis: number, index: Tensor, source: Tensor, how: string): Tensor {
  if (how === "none") return core.scatter(x, axis, index, source);
  const reduce = meetings[how];
  if (!reduce) throw new TypeError(`the reduction ${core.quoted(how)} is none of none, add, mul, max, min`);
  return core.scatterReduce(x, axis, index, source, { reduce });
}

const scatterElements: Operator = (call) => {
  const x = call.tensor(0), axis = axisOf(call.int("axis", 0), x.rank);
  const index = upward(call, call.value(1), x.shape[axis]);
  return scatter(x, axis, index, call.tensor(2), call.text("reduction", "none"));
};

/** Positions among the first axes of a shape, flattened, from indices along a last axis; of a batch, in each its own. */
function flatIndices(call: Call, index: Value, shape: Shape, batch = 0): Tensor {
  const rows = index.shape, last = rows.length - 1, depth = rows[last];
  const strides = contiguousStrides(shape.slice(0, batch + depth));
  const parts = strides.map((stride, k) => {
    if (k < batch) return call.asTensor(alongAxis(rows, k, stride));
    const part = index instanceof Known
      ? picked(index, rows.slice(0, last), (place) => [...place, k - batch])
      : core.squeeze(core.narrow(index, last, k - batch, 1), last);
    return core.mul(upward(call, part, shape[k]), stride);
  });
  const sum = parts.reduce((a, b) => core.add(a, b));
  return core.reshape(core.expand(sum, rows.slice(0, last)), [sizeOf(rows.slice(0, last))]);
}

/** 0, 1, … of an axis, times a stride, such that it broadcasts along those behind it. */
function alongAxis(rows: Shape, axis: number, stride: number): Known {
  const shape = rows.slice(axis, -1).map((n, i) => i === 0 ? n : 1);
  return new Known("i64", shape, Array.from({ length: rows[axis] }, (_, i) => i * stride));
}

const gatherND: Operator = (call) => {
  const x = call.tensor(0), index = call.value(1), rows = index.shape, batch = call.int("batch_dims", 0);
  const depth = batch + rows[rows.length - 1], rest = x.shape.slice(depth);
  const flat = core.reshape(x, [sizeOf(x.shape.slice(0, depth)), ...rest]);
  const found = core.indexSelect(flat, 0, flatIndices(call, index, x.shape, batch));
  return core.reshape(found, [...rows.slice(0, -1), ...rest]);
};

const scatterND: Operator = (call) => {
  const x = call.tensor(0), index = call.value(1), rows = index.shape, depth = rows[rows.length - 1];
  const inner = sizeOf(x.shape.slice(depth)),
    flat = core.reshape(x, [sizeOf(x.shape.slice(0, depth)), inner]);
  const places = flatIndices(call, index, x.shape), count = places.size;
  const each = core.expand(core.reshape(places, [count, 1]), [count, inner]);
  const source = core.reshape(call.tensor(2), [count, inner]);
  return core.reshape(scatter(flat, 0, each, source, call.text("reduction", "none")), x.shape);
};

const oneHot: Operator = (call) => {
  const depth = call.known(1).data[0], [off, on] = call.known(2).data, { kind } = call.known(2);
  const index = upward(call, call.value(0), depth), axis = axisOf(call.int("axis", -1), index.rank + 1);
  const classes = call.asTensor(integers(Array.from({ length: depth }, (_, i) => i)));
  const along = core.reshape(classes, [depth, ...Array.from({ length: index.rank - axis }, () => 1)]);
  const hits = core.equal(core.unsqueeze(index, axis), along), dtype = call.dtype(kind);
  return core.where(hits, on, off).to(dtype);
};

const nonZero: Operator = (call) => {
  const x = call.known(0), strides = contiguousStrides(x.shape), found: number[] = [];
  x.data.forEach((value, i) => value !== 0 && found.push(i));
  const rows = x.shape.map((n, axis) => found.map((i) => Math.floor(i / strides[axis]) % n));
  return new Known("i64", [x.shape.length, found.length], rows.flat());
};

const topK: Operator = (call) => {
  const x = call.tensor(0), axis = axisOf(call.int("axis", -1), x.rank);
  const k = call.version < 10 ? call.int("k", 1) : call.known(1).data[0];
  const { values, indices } = core.topk(x, k, { axis, largest: call.int("largest", 1) === 1 });
  return [values, indices];
};

const cumSum: Operator = (call) => {
  const x = call.tensor(0),
    axis = axisOf(call.known(1).data[0], x.rank),
    isReverse = call.int("reverse", 0) === 1;
  const forwards = isReverse ? core.flip(x, axis) : x, n = x.shape[axis];
  const sums = core.cumsum(forwards, axis);
  const before = call.int("exclusive", 0) === 1 && n > 0
    ? core.concat([core.mul(core.narrow(sums, axis, 0, 1), 0), core.narrow(sums, axis, 0, n - 1)], axis)
    : sums;
  return isReverse ? core.flip(before, axis) : before;
};

function position(op: typeof core.argmax): Operator {
  return (call) => {
    const x = call.tensor(0), axis = axisOf(call.int("axis", 0), x.rank), n = x.shape[axis];
    const keepDims = call.int("keepdims", 1) === 1;
    if (call.int("select_last_index", 0) === 0) return op(x, axis, { keepDims });
    return core.sub(n - 1, op(core.flip(x, axis), axis, { keepDims })).to("i32");
  };
}

/** All of them, by name. */
export const indexing: Readonly<Record<string, Operator>> = {
  ArgMax: position(core.argmax),
  ArgMin: position(core.argmin),
  CumSum: cumSum,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  NonZero: nonZero,
  OneHot: oneHot,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  TopK: topK,
};
