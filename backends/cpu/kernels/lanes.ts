/** Programs over lanes: each lane is brought into double precision, worked on there, and stored. */
import {
  type CompositeKernels,
  contiguousLayout,
  type DType,
  hostArray,
  sizeOf,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";
import { type LaneKernel, laneKernels } from "../../common/lane_kernels.ts";
import type { LaneProgram } from "../../common/lane_program.ts";
import { along, otherAxes } from "../../common/views.ts";
import { eachOuter, suitsAcross, type Walk, walkOf } from "../../common/walk.ts";
import { runWhole, type Tools } from "../../common/whole_program.ts";
import { elementsOf, load, store } from "../loops.ts";
import { type LaneWork, laneWorkOf, NUMBERS } from "./lane_work.ts";
import type { MapKernel } from "./map.ts";
import type { ReduceKernel } from "./reduce.ts";

/** From how many lanes on it pays to run along them, if they lie next to each other. */
const ACROSS = 16;

/** The kernels that are programs over lanes, by the names of the composites. */
export function laneKernelsWith(map: MapKernel, reduce: ReduceKernel): CompositeKernels {
  const tools: Tools = {
    map: (expr, inputs, output) => map([expr], inputs, [output]),
    reduce,
    temporary,
    release: () => {},
  };
  return laneKernels({ ...tools, run: lanesWith(tools) });
}

// By other kernels on all lanes at once where these lie next to each other.
function lanesWith(tools: Tools): LaneKernel {
  return (program, inputs, axes, outputs) => {
    const [{ shape, dtype }] = inputs, kept = otherAxes(shape.length, axes);
    const elements = program.results[0] === null ? [] : outputs.slice(0, 1), views = [...inputs, ...elements];
    const [totals, numbers] = roomsOf(program, outputs.slice(elements.length));
    const lanes = [...views.map((view) => along(view, kept)), ...numbers.map(([, view]) => view)];
    const outer = walkOf(lanes, kept.map((axis) => shape[axis]));
    const inner = walkOf(views.map((view) => along(view, axes)), axes.map((axis) => shape[axis]));
    const isWhole = inner.shape.length > 2 || suitsAcross(outer, inner, ACROSS);
    if (isWhole) return runWhole(tools, program, inputs, axes, outputs);
    const sums = totals.map((view) => view && new Float64Array(inner.size));
    runLanes(laneWorkOf(program.name, dtype), {
      ...{ inputs, output: elements[0], outer, inner, numbers, totals: sums },
    });
    sums.forEach((total, i) => total && spill(total, totals[i]!));
  };
}

function temporary(dtype: DType, shape: readonly number[]): View {
  return { buffer: hostArray(dtype, sizeOf(shape)) as never, dtype, ...contiguousLayout(shape) };
}

/** A number of each lane, by its place among them, and where it goes. */
type NumberResult = readonly [place: number, output: View];

// Where results behind the first go, by their places: those over all lanes, and numbers of each.
function roomsOf(
  { results, steps }: LaneProgram,
  outputs: readonly View[],
): readonly [totals: readonly (View | null)[], numbers: readonly NumberResult[]] {
  const left = [...outputs], numbers: NumberResult[] = [];
  const totals = results.map((step, i) => {
    if (step === null || i === 0) return null;
    const output = left.shift()!;
    if (steps[step].kind === "across") return output;
    numbers.push([i - 1, output]);
    return null;
  });
  return [totals, numbers];
}

/** What is worked on: lanes of inputs, into the output if elements are wanted, sums over all lanes, and numbers. */
interface Job {
  readonly inputs: readonly View[];
  readonly output: View | undefined;
  readonly outer: Walk;
  readonly inner: Walk;
  readonly totals: readonly (Float64Array | null)[];
  readonly numbers: readonly NumberResult[];
}

// Work changes the first lane and no other, so that what is the same for all lanes is brought once.
function runLanes(work: LaneWork, { inputs, output, outer, inner, totals, numbers }: Job): void {
  const buffers = inputs.map(elementsOf), n = inputs.length, to = output && elementsOf(output);
  const lanes = inputs.map(() => new Float64Array(inner.size)), brought = inputs.map(() => -1);
  const room = new Float64Array(inner.size),
    made = new Float64Array(NUMBERS),
    count = inner.shape.at(-1) ?? 1;
  const rows = inner.strides.map((own, k): Rows => {
    return { lane: lanes[k] ?? lanes[0], step: own.at(-1) ?? 0, over: own.at(-2) ?? 0, count };
  });
  const first = n + Number(to !== undefined), targets = numbers.map(([, view]) => elementsOf(view));
  eachOuter(outer, 0, (at) => {
    for (let k = 0; k < n; k++) {
      if (k > 0 && brought[k] === at[k]) continue;
      eachRow(load, buffers[k], at[k], rows[k]);
      brought[k] = at[k];
    }
    work(lanes, room, to !== undefined, totals, made);
    if (to) eachRow(store, to, at[n], rows[n]);
    numbers.forEach(([place], i) => targets[i][at[first + i]] = made[place]);
  });
}

interface Rows {
  readonly lane: Float64Array;
  readonly step: number;
  /** From row to row. */
  readonly over: number;
  readonly count: number;
}

// Rows of a lane, which are one where that goes on in even steps.
function eachRow(
  move: typeof load,
  elements: TypedArray,
  at: number,
  { lane, step, over, count }: Rows,
): void {
  for (let from = 0; from < lane.length; from += count, at += over) {
    move(elements, at, step, lane, from, from + count);
  }
}

function spill(total: Float64Array, output: View): void {
  let next = 0;
  const elements = elementsOf(output);
  eachOuter(walkOf([output], output.shape), 0, ([at]) => {
    elements[at] = total[next++];
  });
}
