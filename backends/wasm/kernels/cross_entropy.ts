/** Cross-entropy of classes: what has an element a class by the kernels of lanes and maps, what has one a sample here. */
import {
  bytesPerElement,
  contiguousStrides,
  type CrossEntropyAttributes,
  e,
  type Expr,
  isFloating,
  sizeOf,
  type TypedArray,
} from "@tapegrad/core/backend";
import { outOfRange } from "../../common/index_range.ts";
import { softmaxWithLogs } from "../../common/lane_program.ts";
import { eachInner, type Walk } from "../../common/walk.ts";
import type { Heap } from "../memory/heap.ts";
import type { Operand, WasmKernel } from "./kernel.ts";
import { runLanes } from "./lanes.ts";
import { map } from "./map.ts";
import { reduce } from "./reduce.ts";
import { sweepOf, withoutAxis } from "./sweep.ts";

// The loss is -Σ weight·part·log softmax(x), where the part of a class is rest·its probability + even.
function shareFrom(first: number): Expr {
  const [chance, weight, rest, even] = [0, 1, 2, 3].map((i) => e.input(first + i));
  return e.mul(weight, e.add(e.mul(rest, chance), even));
}

const logOf = e.sub(e.sub(e.input(0), e.input(1)), e.input(2));
const ofChances = e.neg(e.mul(shareFrom(3), logOf)), ofSpread = e.mul(e.input(3), logOf);
const sumOfShares = shareFrom(0);

const p = e.input(0), evenly = e.mul(p, e.input(1));
// Lists that are made once: kernels are found by them.
const slopeOfChances = [e.mul(e.input(1), e.sub(e.mul(p, e.input(2)), shareFrom(3)))];
const slopeOfTargets = [evenly], slopeOfSpread = [e.sub(evenly, e.mul(e.input(2), e.input(3)))];

/** The loss of each sample, and the softmax of its logits. */
export const crossEntropy: WasmKernel<CrossEntropyAttributes> = (inputs, outputs, attributes, heap) => {
  if (!suits(inputs)) return false;
  const [x, target, weight] = inputs, [losses, chances] = outputs;
  return inRoom(heap, x, attributes, (room) => {
    const most = room.ofSamples(), log = room.ofSamples(), given = weight ? room.along(weight) : room.one;
    runLanes(heap, softmaxWithLogs, { inputs: [x], outputs: [chances, most, log], axes: [room.axis] });
    if (isFloating(target.dtype)) {
      return room.sum(ofChances, [x, most, log, target, given, room.rest, room.even], losses);
    }
    const spread = attributes.labelSmoothing > 0 ? room.ofSamples() : null;
    if (spread) room.sum(ofSpread, [x, most, log, given], room.once(spread));
    storeLosses(room, { x, most, log, given, spread: spread ?? room.none }, target, losses);
  });
};

/** The gradient of x, from its softmax. */
export const crossEntropyBackward: WasmKernel<CrossEntropyAttributes> = (
  inputs,
  [output],
  attributes,
  heap,
) => {
  if (!suits(inputs)) return false;
  const [p, target, ct, weight] = inputs;
  return inRoom(heap, p, attributes, (room) => {
    const given = weight ? room.along(weight) : room.one, slope = room.ofSamples();
    if (isFloating(target.dtype)) {
      const shares = [target, given, room.rest, room.even];
      room.sum(sumOfShares, shares, room.once(slope));
      return room.map(slopeOfChances, [p, room.each(ct), slope, ...shares], output);
    }
    const off = room.ofSamples();
    storeSlopes(room, { ct, given, slope, off }, target);
    if (attributes.labelSmoothing === 0) room.map(slopeOfTargets, [p, slope], output);
    else room.map(slopeOfSpread, [p, slope, off, given], output);
    correctTargets(room, { p, ct, given, output }, target);
  });
};

// Of one dtype that wasm computes in; anything else is for the cpu's kernel.
function suits([x, target, ...others]: readonly Operand[]): boolean {
  if (sizeOf(x.shape) === 0 || !(x.dtype === "f32" || x.dtype === "f64")) return false;
  const floats = isFloating(target.dtype) ? [target, ...others] : others;
  return floats.every(({ dtype }) => dtype === x.dtype);
}

/** Numbers a sample: at most so many lists of them are needed. */
const LISTS = 3;
const NUMBERS = 4;

function inRoom(
  heap: Heap,
  x: Operand,
  attributes: CrossEntropyAttributes,
  use: (room: Room) => void,
): true {
  const samples = sizeOf(x.shape) / x.shape[attributes.axis];
  heap.scratch((LISTS * samples + NUMBERS) * bytesPerElement(x.dtype), (start) => {
    use(new Room(heap, x, attributes, start));
  });
  return true;
}

/** Operands in the shape of the logits: what is given a sample or a class, and single numbers, are repeated. */
class Room {
  /** The axis of the classes. */
  readonly axis: number;
  /** What an even share of the target is, and what is left of the rest. */
  readonly rest: Operand;
  readonly even: Operand;
  readonly one: Operand;
  readonly none: Operand;
  /** The same as numbers, and the index that stands for no target. */
  readonly numbers: { readonly rest: number; readonly even: number; readonly ignored: number | null };
  readonly #heap: Heap;
  readonly #x: Operand;
  #next: number;

  constructor(heap: Heap, x: Operand, attributes: CrossEntropyAttributes, start: number) {
    const { axis, labelSmoothing, ignoreIndex: ignored } = attributes;
    this.#heap = heap;
    this.#x = x;
    this.#next = start;
    this.axis = axis;
    this.numbers = { rest: 1 - labelSmoothing, even: labelSmoothing / x.shape[axis], ignored };
    const { rest, even } = this.numbers;
    [this.rest, this.even, this.one, this.none] = [rest, even, 1, 0].map((value) => this.#number(value));
  }

  #number(value: number): Operand {
    const { dtype, shape } = this.#x, pointer = this.#take(1);
    this.#heap.array(dtype)[pointer / bytesPerElement(dtype)] = value;
    return { pointer, dtype, shape, strides: shape.map(() => 0) };
  }

  #take(count: number): number {
    const pointer = this.#next;
    this.#next += count * bytesPerElement(this.#x.dtype);
    return pointer;
  }

  /** Room for a number a sample. */
  ofSamples(): Operand {
    const { dtype, shape } = this.#x, samples = shape.toSpliced(this.axis, 1);
    return this.each({
      pointer: this.#take(sizeOf(samples)),
      dtype,
      shape: samples,
      strides: contiguousStrides(samples),
    });
  }

  /** What has one number a sample, for each class. */
  each({ pointer, dtype, strides }: Operand): Operand {
    return { pointer, dtype, shape: this.#x.shape, strides: strides.toSpliced(this.axis, 0, 0) };
  }

  /** What has one number a class, for each sample. */
  along({ pointer, dtype, strides: [step] }: Operand): Operand {
    const { shape } = this.#x;
    return { pointer, dtype, shape, strides: shape.map((_, i) => i === this.axis ? step : 0) };
  }

  /** What is the same for each class, without their axis. */
  once(operand: Operand): Operand {
    return { ...withoutAxis(operand, this.axis), shape: operand.shape.toSpliced(this.axis, 1) };
  }

  map(exprs: readonly Expr[], inputs: readonly Operand[], output: Operand): void {
    map(inputs, [output], { name: "crossEntropy", exprs }, this.#heap);
  }

  /** Sums over the classes. */
  sum(expr: Expr, inputs: readonly Operand[], output: Operand): void {
    reduce(inputs, [output], { name: "crossEntropy", kind: "sum", expr, axes: [this.axis] }, this.#heap);
  }

  /** All numbers. */
  get values(): TypedArray {
    return this.#heap.array(this.#x.dtype);
  }

  /** What the parts of a sample, whose target has some weight, add up to. */
  shares(given: Operand): (weight: number) => number {
    const { values, numbers: { rest, even } } = this, step = given.strides[this.axis];
    const first = given.pointer / bytesPerElement(given.dtype);
    let total = 0;
    for (let j = 0; j < this.#x.shape[this.axis]; j++) total += values[first + j * step];
    return (weight) => rest * weight + even * total;
  }

  /**
   * Visits samples: which class is the target, `null` where none counts, and where operands have what is of the sample
   * and of that class, in a list that is reused.
   */
  visit(
    operands: readonly Operand[],
    target: Operand,
    see: (aim: number | null, at: Uint32Array) => void,
  ): void {
    const { axis, numbers: { ignored } } = this, extent = this.#x.shape[axis], count = operands.length;
    const indices = this.#heap.array(target.dtype), at = new Uint32Array(count);
    const turns = operands.map(({ strides }) => strides[axis]);
    eachInner(this.#walk(operands, target), (starts, steps, samples) => {
      for (let i = 0; i < samples; i++) {
        const index = indices[starts[count] + i * steps[count]], aim = index === ignored ? null : index;
        if (aim !== null && !(aim >= 0 && aim < extent)) throw outOfRange("gather", index, axis, extent);
        for (let k = 0; k < count; k++) at[k] = starts[k] + i * steps[k] + (aim ?? 0) * turns[k];
        see(aim, at);
      }
    });
  }

  // Through the samples, by elements in place of bytes; the target comes last.
  #walk(operands: readonly Operand[], target: Operand): Walk {
    const all = [...operands.map((one) => withoutAxis(one, this.axis)), target];
    const bytes = all.map(({ dtype }) => bytesPerElement(dtype)), walk = sweepOf(all, target.shape, 1);
    return {
      ...walk,
      strides: walk.strides.map((steps, k) => steps.map((step) => step / bytes[k])),
      starts: walk.starts.map((start, k) => start / bytes[k]),
    };
  }
}

function storeLosses(
  room: Room,
  { x, most, log, given, spread }: Record<"x" | "most" | "log" | "given" | "spread", Operand>,
  target: Operand,
  losses: Operand,
): void {
  const { values, numbers: { rest, even } } = room;
  room.visit(
    [x, most, log, given, spread, room.each(losses)],
    target,
    (aim, at) => {
      const own = values[at[3]] * (values[at[0]] - values[at[1]] - values[at[2]]);
      values[at[5]] = aim === null ? 0 : -(rest * own + even * values[at[4]]);
    },
  );
}

// What the softmax of a sample is multiplied by, and what is taken away times the weight of each class.
function storeSlopes(
  room: Room,
  { ct, given, slope, off }: Record<"ct" | "given" | "slope" | "off", Operand>,
  target: Operand,
): void {
  const { values, numbers: { even } } = room, total = room.shares(given);
  room.visit([room.each(ct), given, slope, off], target, (aim, at) => {
    const ct = aim === null ? 0 : values[at[0]];
    values[at[2]] = ct * total(values[at[1]]);
    values[at[3]] = ct * even;
  });
}

// The gradient at a target in double precision, as the difference of what is nearly the same; nothing where none counts.
function correctTargets(
  room: Room,
  { p, ct, given, output }: Record<"p" | "ct" | "given" | "output", Operand>,
  target: Operand,
): void {
  const { values, numbers: { rest, even }, axis } = room, total = room.shares(given);
  const { strides, shape } = output;
  room.visit([p, room.each(ct), given, output], target, (aim, at) => {
    const weight = values[at[2]];
    if (aim !== null) {
      values[at[3]] = values[at[1]] * (values[at[0]] * total(weight) - weight * (rest + even));
    } else for (let j = 0; j < shape[axis]; j++) values[at[3] + j * strides[axis]] = 0;
  });
}
