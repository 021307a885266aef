/** Operators that move elements: shapes, axes, ranges, places. */
import * as core from "@tapegrad/core";
import { decodedNumbers } from "../../files/elements.ts";
import { meetingShape } from "../shapes.ts";
import { axisOf, type Call, type Given, type Operator, type Value } from "./call.ts";
import { checkCount, concatenated, expanded, Known, picked } from "./known.ts";

/** The same elements in another shape. */
export function reshaped(call: Call, value: Value, shape: core.Shape): Value {
  return value instanceof Known
    ? new Known(value.kind, shape, value.data)
    : core.reshape(call.asTensor(value), shape);
}

// -1 is what is left, 0 the extent that there was.
function shapeFor(given: readonly number[], from: core.Shape, allowsZero: boolean): number[] {
  const shape = given.map((n, i) => n === 0 && !allowsZero ? from[i] : n), open = shape.indexOf(-1);
  if (open < 0) return shape;
  const rest = shape.reduce((size, n, i) => i === open ? size : size * n, 1);
  return shape.with(open, rest === 0 ? 0 : core.sizeOf(from) / rest);
}

const reshape: Operator = (call) => {
  const x = call.value(0), given = call.version < 5 ? call.ints("shape") ?? [] : call.known(1).data;
  return reshaped(call, x, shapeFor(given, x.shape, call.int("allowzero", 0) === 1));
};

const flatten: Operator = (call) => {
  const x = call.value(0),
    shape = x.shape,
    axis = call.int("axis", 1),
    at = axis < 0 ? axis + shape.length : axis;
  return reshaped(call, x, [core.sizeOf(shape.slice(0, at)), core.sizeOf(shape.slice(at))]);
};

/** The axes that an operator is told, by an input from a version on. */
export function axesOf(call: Call, from: number, i = 1): readonly number[] | undefined {
  return call.version < from ? call.ints("axes") : call.numbers(i);
}

const squeeze: Operator = (call) => {
  const x = call.value(0),
    shape = x.shape,
    axes = axesOf(call, 13)?.map((axis) => axisOf(axis, shape.length));
  const odd = axes?.find((axis) => shape[axis] !== 1);
  if (odd !== undefined) throw new RangeError(`axis ${odd} of ${core.showShape(shape)} has not extent 1`);
  return reshaped(call, x, shape.filter((n, i) => axes ? !axes.includes(i) : n !== 1));
};

const unsqueeze: Operator = (call) => {
  const x = call.value(0), left = [...x.shape], given = axesOf(call, 13) ?? [];
  const rank = left.length + given.length, axes = given.map((axis) => axisOf(axis, rank));
  return reshaped(call, x, Array.from({ length: rank }, (_, i) => axes.includes(i) ? 1 : left.shift()!));
};

const transpose: Operator = (call) => {
  const x = call.value(0), shape = x.shape;
  const axes = call.ints("perm") ?? shape.map((_, i) => shape.length - 1 - i);
  if (!(x instanceof Known)) return core.permute(x, axes);
  return picked(x, axes.map((axis) => shape[axis]), (place) => shape.map((_, i) => place[axes.indexOf(i)]));
};

const concat: Operator = (call) => {
  const axis = axisOf(call.int("axis", 1), call.value(0).shape.length);
  if (call.isKnown) return concatenated(call.allKnown(), axis);
  return core.concat(call.tensors(), axis);
};

const expand: Operator = (call) => {
  const x = call.value(0), shape = meetingShape([x.shape, call.known(1).data]);
  return x instanceof Known ? expanded(x, shape) : core.expand(x, shape);
};

const tile: Operator = (call) => {
  const x = call.value(0), counts = call.known(1).data;
  if (!(x instanceof Known)) return core.tile(x, counts);
  return picked(x, x.shape.map((n, i) => n * counts[i]), (place) => place.map((at, i) => at % x.shape[i]));
};

/** What is taken along an axis: from where, how many, how far apart. */
interface Cut {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

// As Python's slices: bounds beyond the ends are the ends.
function cutOf(extent: number, start: number, end: number, step: number): Cut {
  if (step === 0) throw new RangeError("its step is 0");
  const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
  const within = (n: number) => Math.min(Math.max(n < 0 ? n + extent : n, low), high);
  const first = within(start), count = Math.max(0, Math.ceil((within(end) - first) / step));
  return { start: count > 0 ? first : 0, count, step };
}

function sliced(x: core.Tensor, cuts: readonly Cut[]): core.Tensor {
  const back = cuts.flatMap(({ step }, i) => step < 0 ? [i] : []);
  const ranges = cuts.map(({ start, count, step }): [number, number, number] => {
    const first = step < 0 ? start + (count - 1) * step : start, by = Math.abs(step);
    return count === 0 ? [0, 0, 1] : [first, first + (count - 1) * by + 1, by];
  });
  const forwards = core.slice(x, ...ranges);
  return back.length > 0 ? core.flip(forwards, back) : forwards;
}

const slice: Operator = (call) => {
  const x = call.value(0), shape = x.shape, isOld = call.version < 10;
  const starts = isOld ? call.ints("starts") ?? [] : call.known(1).data;
  const ends = isOld ? call.ints("ends") ?? [] : call.known(2).data;
  const axes = (isOld ? call.ints("axes") : call.numbers(3)) ?? starts.map((_, i) => i);
  const steps = (isOld ? undefined : call.numbers(4)) ?? starts.map(() => 1);
  const cuts = shape.map((n) => cutOf(n, 0, n, 1));
  axes.forEach((given, k) => {
    const axis = axisOf(given, shape.length);
    cuts[axis] = cutOf(shape[axis], starts[k], ends[k], steps[k]);
  });
  if (!(x instanceof Known)) return sliced(x, cuts);
  return picked(
    x,
    cuts.map(({ count }) => count),
    (place) => place.map((at, i) => cuts[i].start + at * cuts[i].step),
  );
};

function evenly(extent: number, count: number): number[] {
  const size = Math.ceil(extent / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(size, extent - i * size)));
}

const split: Operator = (call) => {
  const x = call.value(0), shape = x.shape, axis = axisOf(call.int("axis", 0), shape.length);
  const count = call.int("num_outputs", call.node.outputs.length);
  const sizes = (call.version < 13 ? call.ints("split") : call.numbers(1)) ?? evenly(shape[axis], count);
  let start = 0;
  return sizes.map((size): Value => {
    const from = start;
    start += size;
    if (!(x instanceof Known)) return core.narrow(x, axis, from, size);
    return picked(x, shape.with(axis, size), (place) => place.with(axis, place[axis] + from));
  });
};

const padModes: Readonly<Record<string, core.PadMode>> = {
  constant: "constant",
  reflect: "reflect",
  edge: "replicate",
  wrap: "circular",
};

const pad: Operator = (call) => {
  const x = call.tensor(0), isOld = call.version < 11;
  const given = isOld ? call.ints("pads") ?? [] : call.known(1).data;
  const value = isOld ? call.float("value", 0) : call.numbers(2)?.[0] ?? 0;
  const axes = isOld ? undefined : call.numbers(3),
    named = call.text("mode", "constant"),
    mode = padModes[named];
  if (!mode) {
    throw new TypeError(`the mode ${core.quoted(named)} is none of ${Object.keys(padModes).join(", ")}`);
  }
  const places = (axes ?? x.shape.map((_, i) => i)).map((axis) => axisOf(axis, x.rank));
  const widths = x.shape.map((_, axis): [number, number] => {
    const k = places.indexOf(axis);
    return k < 0 ? [0, 0] : [given[k], given[k + places.length]];
  });
  return core.pad(x, widths, mode === "constant" ? { mode, value } : { mode });
};

const constantOfShape: Operator = (call) => {
  const shape = [...call.known(0).data], value = call.raw("value")?.tensor;
  const kind = value?.kind ?? "f32", number = value ? decodedNumbers(kind, value.bytes)[0] ?? 0 : 0;
  if (kind !== "f32" && kind !== "f64" && kind !== "f16" && kind !== "bf16") {
    checkCount(shape);
    return new Known(kind, shape, new Array<number>(core.sizeOf(shape)).fill(number));
  }
  return core.full(shape, number, { dtype: call.dtype(kind), backend: call.run.backend });
};

const range: Operator = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => call.known(i).data[0]), { kind } = call.known(0);
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  checkCount([count]);
  return new Known(kind, [count], Array.from({ length: count }, (_, i) => start + i * delta));
};

const eyeLike: Operator = (call) => {
  const x = call.value(0), [n, m] = x.shape, k = call.int("k", 0);
  const dtype = call.has("dtype") ? call.dtype(call.kind(call.int("dtype", 1))) : call.tensor(0).dtype;
  const ones = core.ones([n, m], { dtype, backend: call.run.backend });
  return core.triu(core.tril(ones, k), k);
};

const trilu: Operator = (call) => {
  const k = call.numbers(1)?.[0] ?? 0, op = call.int("upper", 1) ? core.triu : core.tril;
  return op(call.tensor(0), k);
};

// Blocks of channels, in either order, become squares.
const depthToSpace: Operator = (call) => {
  const x = call.tensor(0), [batch, channels, rows, columns] = x.shape, n = call.int("blocksize", 1);
  const rest = channels / (n * n), isCrd = call.text("mode", "DCR") === "CRD";
  const parts = isCrd ? [batch, rest, n, n, rows, columns] : [batch, n, n, rest, rows, columns];
  const order = isCrd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  return core.reshape(core.permute(core.reshape(x, parts), order), [batch, rest, rows * n, columns * n]);
};

const spaceToDepth: Operator = (call) => {
  const x = call.tensor(0), [batch, channels, rows, columns] = x.shape, n = call.int("blocksize", 1);
  if (call.text("mode", "DCR") !== "DCR") throw new TypeError("modes other than DCR are not covered");
  const parts = core.reshape(x, [batch, channels, rows / n, n, columns / n, n]);
  return core.reshape(core.permute(parts, [0, 3, 5, 1, 2, 4]), [
    batch,
    channels * n * n,
    rows / n,
    columns / n,
  ]);
};

const identity: Operator = (call) => call.value(0);

// In training too: what is read is the graph of an inference.
const dropout: Operator = (call): Given => {
  if (call.numbers(2)?.[0]) {
    throw new TypeError("training_mode is not covered: export the model after eval()");
  }
  const x = call.value(0);
  return call.node.outputs.length < 2 ? x : [x, core.notEqual(core.onesLike(call.tensor(0)), 0)];
};

/** All of them, by name. */
export const rearranging: Readonly<Record<string, Operator>> = {
  Concat: concat,
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  Dropout: dropout,
  Expand: expand,
  EyeLike: eyeLike,
  Flatten: flatten,
  Identity: identity,
  Pad: pad,
  Range: range,
  Reshape: reshape,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
};
