/** Programs over lanes: each lane is brought into double precision, worked on there, and stored. */
import { contiguousLayout, type DType, hostArray, sizeOf, type View } from "@tapegrad/core/backend";
import type { LaneKernel } from "../../common/lane_kernels.ts";
import { along, otherAxes } from "../../common/views.ts";
import { eachOuter, suitsAcross, type Walk, walkOf } from "../../common/walk.ts";
import { runWhole, type Tools } from "../../common/whole_program.ts";
import { elementsOf, load, store } from "../loops.ts";
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
  return (program, inputs, axes, outputs) => {
    const [{ shape, dtype }] = inputs, kept = otherAxes(shape.length, axes);
    const elements = program.results[0] === null ? [] : outputs.slice(0, 1), views = [...inputs, ...elements];
    const outer = walkOf(views.map((view) => along(view, kept)), kept.map((axis) => shape[axis]));
    const inner = walkOf(views.map((view) => along(view, axes)), axes.map((axis) => shape[axis]));
    const isWhole = inner.shape.length > 1 || suitsAcross(outer, inner, ACROSS);
    if (isWhole) return runWhole(tools, program, inputs, axes, outputs);
    const totals = program.results.map((step, i) =>
      step === null || i < 1 ? null : new Float64Array(inner.size)
    );
    runLanes(laneWorkOf(program.name, dtype), { inputs, output: elements[0], outer, inner, totals });
    const sums = totals.filter((total) => total !== null);
    sums.forEach((total, i) => spill(total, outputs[elements.length + i]));
  };
}

function temporary(dtype: DType, shape: readonly number[]): View {
  return { buffer: hostArray(dtype, sizeOf(shape)) as never, dtype, ...contiguousLayout(shape) };
}

/** What is worked on: lanes of inputs, into the output if elements are wanted, and into sums over all lanes. */
interface Job {
  readonly inputs: readonly View[];
  readonly output: View | undefined;
  readonly outer: Walk;
  readonly inner: Walk;
  readonly totals: readonly (Float64Array | null)[];
}

// Work changes the first lane and no other, so that what is the same for all lanes is brought once.
function runLanes(work: LaneWork, { inputs, output, outer, inner, totals }: Job): void {
  const buffers = inputs.map(elementsOf), steps = inner.strides.map(([step = 0]) => step), n = inputs.length;
  const lanes = inputs.map(() => new Float64Array(inner.size)), brought = inputs.map(() => -1);
  const room = new Float64Array(inner.size), to = output && elementsOf(output);
  eachOuter(outer, 0, (at) => {
    for (let k = 0; k < n; k++) {
      if (k > 0 && brought[k] === at[k]) continue;
      load(buffers[k], at[k], steps[k], lanes[k]);
      brought[k] = at[k];
    }
    work(lanes, room, to !== undefined, totals);
    if (to) store(to, at[n], steps[n], lanes[0]);
  });
}

function spill(total: Float64Array, output: View): void {
  let next = 0;
  const elements = elementsOf(output);
  eachOuter(walkOf([output], output.shape), 0, ([at]) => {
    elements[at] = total[next++];
  });
}
