/** Programs over lanes: softmax and its like. */
import {
  type AxesAttributes,
  type CompositeKernels,
  type NormBackwardAttributes,
  type RowsAttributes,
  type Shape,
  sizeOf,
} from "@tapegrad/core/backend";
import { handedOn } from "../../common/lane_passes.ts";
import { type LaneProgram, programFor } from "../../common/lane_program.ts";
import * as programs from "../../common/lane_program.ts";
import { rowProgram } from "../../common/row_program.ts";
import type { StandardizeKernels } from "../../common/standardizing.ts";
import { otherAxes } from "../../common/views.ts";
import { eachOuter, suitsAcross, type Walk } from "../../common/walk.ts";
import type { Heap } from "../memory/heap.ts";
import { KernelModule, perHeap, type Run } from "../modules.ts";
import type { Operand, WasmKernel, WasmKernelsFor } from "./kernel.ts";
import { ABREAST, type LaneTask, PARAMETERS, runningLanes, TOTAL } from "./lane_code.ts";
import { runSumming } from "./lanes_sums.ts";
import { runInSteps } from "./lanes_whole.ts";
import { stepClass } from "./streams.ts";
import { pieceOf } from "./pieces.ts";
import { stridedAlong, sweepOf } from "./sweep.ts";

/** The kernels by the names of the composites. */
export const laneKernels: WasmKernelsFor<
  Omit<CompositeKernels, keyof StandardizeKernels>
> = {
  softmax: along(() => programs.softmax),
  logSoftmax: along(() => programs.logSoftmax),
  softmaxBackward: along(() => programs.softmaxBackward),
  logSoftmaxBackward: along(() => programs.logSoftmaxBackward),
  layerNorm: along(programs.layerNorm),
  layerNormBackward: along<NormBackwardAttributes>((inputs, { wanted }) => {
    return programs.layerNormBackward(inputs, ...wanted);
  }),
  rmsNorm: along(programs.rmsNorm),
  rmsNormBackward: along<NormBackwardAttributes>((inputs, { wanted }) => {
    return programs.rmsNormBackward(inputs, ...wanted);
  }),
};

/** `rows`. */
export const rows: WasmKernel<RowsAttributes> = along<RowsAttributes>((inputs, attributes) =>
  rowProgram(attributes, inputs)
);

function along<A extends AxesAttributes>(
  program: (inputs: number, attributes: A) => LaneProgram,
): WasmKernel<A> {
  return (inputs, outputs, attributes, heap) => {
    const { axes } = attributes, [{ shape }] = inputs;
    const operands = inputs.map((operand) => spread(operand, shape, axes));
    runLanes(heap, program(inputs.length, attributes), { inputs: operands, outputs, axes });
    return true;
  };
}

// A scalar is one for all, and what has the extents of the lanes is the same for each.
function spread(operand: Operand, shape: Shape, axes: readonly number[]): Operand {
  const rank = operand.shape.length;
  if (rank === shape.length) return operand;
  let next = 0;
  const strides = shape.map((_, axis) => rank > 0 && axes.includes(axis) ? operand.strides[next++] : 0);
  return { ...operand, shape, strides };
}

/** What a program runs on. */
export interface Lanes {
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  readonly axes: readonly number[];
}

/** Runs a program. */
export function runLanes(heap: Heap, given: LaneProgram, lanes: Lanes): void {
  const { inputs, outputs, axes } = lanes, [{ shape }] = inputs;
  const kept = otherAxes(shape.length, axes), [first, sums, numbers] = sorted(given, outputs);
  const operands = [...inputs, ...first, ...numbers.map((operand) => spread(operand, shape, kept))];
  const outer = sweepOf(operands.map((x) => stridedAlong(x, kept)), kept.map((axis) => shape[axis]), 1);
  const inner = sweepOf(operands.map((x) => stridedAlong(x, axes)), axes.map((axis) => shape[axis]), 1);
  const hasRows = inner.shape.length > 1;
  const isAcross = sums.length === 0 && (areShort(inner, outer) || suitsAcross(outer, inner, ACROSS));
  if (hasRows && (isAcross || !suitsRows(inner, sums))) return runInSteps(heap, given, lanes);
  const kernel = kernelFor(
    heap,
    given,
    taskOf(heap, given, { operands, inputs, first, outer, inner, isAcross, hasRows }),
  );
  const room = inner.size * TOTAL * handedOn(given) * (isAcross ? ABREAST : 1);
  if (sums.length > 0) {
    const placed = (at: readonly number[], first: number) => placesAt(outer, inner, at, first);
    const task = { kernel, outer, inner, room, sums, extents: extentsOf(inner), placed };
    return runSumming(heap, task, isInPlace(lanes));
  }
  if (canShare(heap, lanes, operands.length)) return share(heap, kernel, outer, inner, room);
  heap.scratch(room, (start) => visit(heap.calls(kernel), outer, inner, [start, start]));
}

// Totals lie in one piece, and short rows leave places of vectors empty.
function suitsRows({ shape }: Walk, sums: readonly Operand[]): boolean {
  return shape.length === 2 && shape[1] >= SHORTEST && sums.length === 0;
}

// What has an element each, what is summed across lanes, and what has a number a lane.
function sorted(
  { results, steps }: LaneProgram,
  outputs: readonly Operand[],
): readonly (readonly Operand[])[] {
  const kinds = results.filter((step) => step !== null).map((step) => steps[step].kind);
  return [
    outputs.filter((_, i) => kinds[i] === "each"),
    outputs.filter((_, i) => kinds[i] === "across"),
    outputs.filter((_, i) => kinds[i] !== "each" && kinds[i] !== "across"),
  ];
}

interface Plan {
  readonly operands: readonly Operand[];
  readonly inputs: readonly Operand[];
  readonly first: readonly Operand[];
  readonly outer: Walk;
  readonly inner: Walk;
  readonly isAcross: boolean;
  readonly hasRows: boolean;
}

function taskOf(
  { simd }: Heap,
  given: LaneProgram,
  { operands, inputs, first, outer, inner, isAcross, hasRows }: Plan,
): LaneTask {
  const steps = (isAcross ? outer : inner).strides.map((own) => own.at(-1)!);
  const lies = operands.map(({ dtype }, k) => ({ dtype, class: stepClass(steps[k], dtype) }));
  const before = inputs.length + first.length;
  return {
    ...{
      simd,
      program: programFor(given, inputs),
      isAcross,
      hasRows,
      given: inputs[0].dtype === "f64" ? "f64" : "f32",
    },
    ...{ inputs: lies.slice(0, inputs.length), output: lies.slice(inputs.length, before)[0] },
    numbers: lies.slice(before),
  };
}

function visit(kernel: Run, outer: Walk, inner: Walk, rooms: readonly number[]): void {
  if (outer.size === 0) return;
  const last = outer.shape.length - 1;
  const args = [...extentsOf(inner), outer.shape[last], ...rooms], first = args.length;
  outer.strides.forEach((steps, k) => args.push(0, ...stepsOf(inner, k), steps[last]));
  eachOuter(outer, 1, (at) => {
    for (let k = 0; k < at.length; k++) args[first + PARAMETERS * k] = at[k];
    kernel(...args);
  });
}

// How many elements a row of a lane has, and how many rows there are.
function extentsOf({ shape }: Walk): readonly [n: number, rows: number] {
  return [shape.at(-1)!, shape.length > 1 ? shape[0] : 1];
}

// From element to element of a row, and from row to row.
function stepsOf({ strides }: Walk, k: number): readonly [down: number, over: number] {
  return [strides[k].at(-1)!, strides[k].length > 1 ? strides[k][0] : 0];
}

/** About how many nanoseconds it takes to run a program on an element. */
const EACH = 1;

function canShare(heap: Heap, lanes: Lanes, operands: number): boolean {
  const { inputs, outputs } = lanes;
  if (operands < inputs.length + outputs.length || !heap.isShared(sizeOf(inputs[0].shape) * EACH)) {
    return false;
  }
  return !isInPlace(lanes);
}

// What is in place cannot be computed again where a thread dies.
function isInPlace({ inputs, outputs }: Lanes): boolean {
  return inputs.some(({ pointer }) => pointer === outputs[0].pointer);
}

function share(heap: Heap, kernel: Run, outer: Walk, inner: Walk, room: number): void {
  const last = outer.shape.length - 1, count = outer.shape[last], cost = outer.size * inner.size * EACH;
  const most = pieceOf(count, count * inner.size * EACH);
  heap.parallel(cost, room, (job, start) => {
    eachOuter(outer, 1, (at) => {
      for (let j = 0; j < count; j += most) {
        const head = [...extentsOf(inner), Math.min(most, count - j), start, start];
        job.call(kernel, [...head, ...placesAt(outer, inner, at, j)], ROOMS);
        job.next();
      }
    });
  });
}

// What a kernel is told of operands from one lane on.
function placesAt(outer: Walk, inner: Walk, at: readonly number[], first: number): readonly number[] {
  return at.flatMap((place, k) => {
    const next = outer.strides[k].at(-1)!;
    return [place + first * next, ...stepsOf(inner, k), next];
  });
}

/** Which arguments are in the room. */
const ROOMS = 0b11000;

/** From how many lanes next to each other on it pays to run along them side by side. */
const ACROSS = 4;

/** Lanes of so many elements leave too many places of vectors empty. */
const SHORT = 16;

function areShort({ size }: Walk, { shape }: Walk): boolean {
  return size <= SHORT && shape.at(-1)! > size;
}

/** Rows of fewer elements are better folded by steps over all lanes. */
const SHORTEST = 8;

const kernelsOf = perHeap(() => new Map<LaneProgram, Map<string, Run>>());

function kernelFor(heap: Heap, program: LaneProgram, task: LaneTask): Run {
  const operands = [...task.inputs, ...(task.output ? [task.output] : []), ...task.numbers];
  const key = `${task.isAcross}${task.hasRows}${operands.map((one) => one.class + one.dtype)}`;
  const byProgram = kernelsOf(heap);
  let byKey = byProgram.get(program);
  if (!byKey) byProgram.set(program, byKey = new Map());
  let found = byKey.get(key);
  if (!found) byKey.set(key, found = madeFor(heap, task));
  return found;
}

function madeFor(heap: Heap, task: LaneTask): Run {
  const module = new KernelModule();
  return module.only(runningLanes(module, task), heap.memory);
}
