/** Programs over lanes: each lane is brought into double precision, worked on there, and stored. */
import {
  contiguousLayout,
  type DType,
  hostArray,
  sizeOf,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";
import type { LaneKernel } from "../../common/lane_kernels.ts";
import { along, otherAxes } from "../../common/views.ts";
import { eachOuter, suitsAcross, type Walk, walkOf } from "../../common/walk.ts";
import { runWhole, type Tools } from "../../common/whole_program.ts";
import { elementsOf } from "../loops.ts";
import { type LaneWork, laneWorkOf } from "./lane_work.ts";
import type { MapKernel } from "./map.ts";
import type { ReduceKernel } from "./reduce.ts";

/** From how many lanes on it pays to run along them, if they lie next to each other. */
const ACROSS = 16;

/** Programs over lanes, by other kernels on all lanes at once where these lie next to each other. */
export function lanesWith(map: MapKernel, reduce: ReduceKernel): LaneKernel {
  const tools: Tools = {
    map: (expr, inputs, output) => map([expr], inputs, [output]),
    reduce,
    temporary,
    release: () => {},
  };
  return (program, inputs, axes, output) => {
    const { shape } = output, views = [...inputs, output], kept = otherAxes(shape.length, axes);
    const outer = walkOf(views.map((view) => along(view, kept)), kept.map((axis) => shape[axis]));
    const inner = walkOf(views.map((view) => along(view, axes)), axes.map((axis) => shape[axis]));
    const isWhole = inner.shape.length > 1 || suitsAcross(outer, inner, ACROSS);
    if (isWhole) runWhole(tools, program, inputs, axes, output);
    else runLanes(laneWorkOf(program.name, output.dtype), views, outer, inner);
  };
}

function temporary(dtype: DType, shape: readonly number[]): View {
  return { buffer: hostArray(dtype, sizeOf(shape)) as never, dtype, ...contiguousLayout(shape) };
}

// A lane more than there are inputs is room for what is computed on the way.
function runLanes(work: LaneWork, views: readonly View[], outer: Walk, inner: Walk): void {
  const buffers = views.map(elementsOf),
    steps = inner.strides.map(([step = 0]) => step),
    last = views.length - 1;
  const lanes = views.map(() => new Float64Array(inner.size));
  eachOuter(outer, 0, (at) => {
    for (let k = 0; k < last; k++) load(buffers[k], at[k], steps[k], lanes[k]);
    work(lanes);
    store(buffers[last], at[last], steps[last], lanes[0]);
  });
}

/** From so many elements on, copying by the engine is faster than a loop, though it takes an object. */
const LONG = 128;

function load(elements: TypedArray, at: number, step: number, lane: Float64Array): void {
  const n = lane.length;
  if (step === 0) lane.fill(elements[at]);
  else if (step === 1 && n >= LONG) lane.set(elements.subarray(at, at + n));
  else for (let j = 0; j < n; j++, at += step) lane[j] = elements[at];
}

function store(elements: TypedArray, at: number, step: number, lane: Float64Array): void {
  const n = lane.length;
  if (step === 1 && n >= LONG) elements.set(lane, at);
  else for (let j = 0; j < n; j++, at += step) elements[at] = lane[j];
}
