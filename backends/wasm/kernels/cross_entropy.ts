/** Cross-entropy of classes: what has an element a class by the kernels of lanes and maps, what has one a sample here. */
import {
  bytesPerElement,
  contiguousStrides,
  type CrossEntropyAttributes,
  e,
  type Expr,
  isFloating,
  sizeOf,
} from "@tapegrad/core/backend";
import { outOfRange } from "../../common/index_range.ts";
import { softmaxWithLogs } from "../../common/lane_program.ts";
import { eachOuter } from "../../common/walk.ts";
import type { Heap } from "../memory/heap.ts";
import type { Plain } from "./cells.ts";
import { totalling, type Visited, visiting } from "./cross_entropy_code.ts";
import type { Operand, WasmKernel } from "./kernel.ts";
import { runLanes } from "./lanes.ts";
import { made } from "./made.ts";
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
    room.visit("losses", [x, most, log, given, spread ?? room.none, room.each(losses)], target, given);
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
    room.visit("slopes", [room.each(ct), given, slope, off], target, given);
    if (attributes.labelSmoothing === 0) room.map(slopeOfTargets, [p, slope], output);
    else room.map(slopeOfSpread, [p, slope, off, given], output);
    room.visit("corrections", [p, room.each(ct), given, output], target, given);
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
/** Numbers in double precision, as bytes. */
const DOUBLES = 32;

function inRoom(
  heap: Heap,
  x: Operand,
  attributes: CrossEntropyAttributes,
  use: (room: Room) => void,
): true {
  const samples = sizeOf(x.shape) / x.shape[attributes.axis];
  heap.scratch(DOUBLES + (LISTS * samples + NUMBERS) * bytesPerElement(x.dtype), (start) => {
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
  readonly #start: number;
  #next: number;

  constructor(heap: Heap, x: Operand, attributes: CrossEntropyAttributes, start: number) {
    const { axis, labelSmoothing, ignoreIndex: ignored } = attributes;
    this.#heap = heap;
    this.#x = x;
    this.#start = start;
    this.#next = start + DOUBLES;
    this.axis = axis;
    this.numbers = { rest: 1 - labelSmoothing, even: labelSmoothing / x.shape[axis], ignored };
    const { rest, even } = this.numbers;
    [this.rest, this.even, this.one, this.none] = [rest, even, 1, 0].map((value) => this.#number(value));
  }

  #number(value: number): Operand {
    const { dtype, shape } = this.#x, pointer = this.#take(1);
    this.#heap.put(dtype, pointer, [value]);
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

  /**
   * Runs a function of samples on operands, each with an element a sample and class; the weights of classes that
   * `given` has are summed up for those that want it.
   */
  visit(visited: Visited, operands: readonly Operand[], target: Operand, given: Operand): void {
    const heap = this.#heap, { axis } = this, { shape, dtype: element } = this.#x, extent = shape[axis];
    const dtype = element as "f32" | "f64", aimed = target.dtype as Plain, size = bytesPerElement(dtype);
    const run = made(
      heap,
      `cross entropy ${visited} ${aimed} ${dtype}`,
      (module) => visiting(module, visited, aimed, dtype),
    );
    const [numbers, total] = this.#doubles(), { rest, even, ignored } = this.numbers;
    heap.put("f64", numbers, [rest, even]);
    const sum = made(heap, `cross entropy weights ${dtype}`, (module) => totalling(module, dtype));
    heap.job.call(sum, [extent, given.pointer, given.strides[axis] * size, total]);
    const common = [extent, ...ignoredOf(ignored, aimed), numbers, total];
    const walk = sweepOf([...operands.map((one) => withoutAxis(one, axis)), target], target.shape, 1);
    const last = walk.shape.length - 1,
      steps = walk.strides.map((own) => own[last]),
      turns = operands.map((one) => one.strides[axis] * size);
    eachOuter(walk, 1, (at) => {
      const each = operands.flatMap((_, k) => [at[k], steps[k], turns[k]]), k = operands.length;
      heap.check(run, [walk.shape[last], at[k], steps[k], ...common, ...each], (bad) => {
        throw outOfRange("gather", heap.array(aimed)[(bad >>> 0) / bytesPerElement(aimed)], axis, extent);
      });
    });
  }

  // Room for the rest and an even share, and for a sum.
  #doubles(): readonly [numbers: number, total: number] {
    return [this.#start, this.#start + 16];
  }
}

// Whether there is an index of no target among those of a dtype, and which.
function ignoredOf(index: number | null, dtype: Plain): readonly [isThere: number, index: number] {
  const isThere = index !== null && Number.isInteger(index) && index < 2 ** 32 &&
    index >= (dtype === "i32" ? -(2 ** 31) : 0) && (dtype !== "i32" || index < 2 ** 31);
  return isThere ? [1, index] : [0, 0];
}
