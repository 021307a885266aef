/** Programs over lanes in one kernel each: a workgroup takes a lane, or several where they are short. */
import { type Expr, input, inputsOf, sizeOf, substitute, type View } from "@tapegrad/core/backend";
import { handedOn, type Pass, passesOf } from "../../common/lane_passes.ts";
import { type LaneProgram, programFor, type Step } from "../../common/lane_program.ts";
import { otherAxes, repeatedAlong } from "../../common/views.ts";
import { compact } from "../../common/whole_program.ts";
import { lanesOf } from "../walk/lanes.ts";
import { type Gpu, type Operand, spread } from "./kernel.ts";
import { fixed, laneSource } from "./lane_source.ts";
import { buffersOf } from "./map.ts";
import { reduce } from "./reduce.ts";
import { strategyOf, tilesOf } from "./reduce_strategy.ts";

/** A program, as kernels run it. */
interface Plan {
  /** Tells plans apart. */
  readonly id: number;
  readonly program: LaneProgram;
  readonly passes: readonly Pass[];
  /** What is summed over all lanes. */
  readonly sums: readonly Expr[];
  /** Numbers of lanes that these read, or that are results. */
  readonly numbers: readonly number[];
  /** Which result those of them are that are one, else -1. */
  readonly given: readonly number[];
}

/** Runs a program along axes of inputs of one shape, unless it is better run step by step: then it is `false`. */
export function runLanes(
  gpu: Gpu,
  given: LaneProgram,
  inputs: readonly View[],
  axes: readonly number[],
  outputs: readonly View[],
): boolean {
  const program = programFor(given, inputs), [{ shape }] = inputs;
  const elements = program.results[0] === null ? [] : outputs.slice(0, 1);
  if (sizeOf(shape) === 0 || inputs.some(({ buffer }) => buffer === elements[0]?.buffer)) return false;
  const plan = planOf(program, elements[0]?.dtype === "f32" && hasRoom(program));
  const made = roomFor(gpu, plan, shape, axes);
  const numbers = plan.given.map((result, i) =>
    result < 0 ? made[i] : repeatedAlong(outputs[result], shape, axes)
  );
  const isRun = runPasses(gpu, plan, axes, { elements, numbers, inputs });
  if (isRun) {
    const values = [...inputs, ...numbers], others = otherAxes(shape.length, axes);
    plan.sums.forEach((sum, i) => {
      const [expr, read] = compact(sum, values);
      reduce(gpu, "sum", expr, read, others, outputs[elements.length + i]);
    });
  }
  if (made.length > 0) gpu.release(made[0]);
  return isRun;
}

/** What passes write, and what they read. */
interface Operands {
  /** The result, if it is one of elements. */
  readonly elements: readonly View[];
  readonly numbers: readonly View[];
  readonly inputs: readonly View[];
}

function runPasses(
  gpu: Gpu,
  { id, program, passes, numbers: kept }: Plan,
  axes: readonly number[],
  { elements, numbers, inputs }: Operands,
): boolean {
  const written = elements.length + numbers.length, views = [...elements, ...numbers, ...inputs];
  if (written === 0) return true;
  if (buffersOf(views) > gpu.abilities.storageBuffers || !views.every((view) => gpu.fits(view))) return false;
  const lanes = lanesOf(views.map((view) => gpu.fit(program.name, view)), axes, fixed.count);
  const strategy = strategyOf(lanes, gpu.abilities), { kernel } = strategy;
  // Few lanes that are long keep a device busy only if each is shared by several workgroups.
  if (strategy.parts > 1) return false;
  gpu.run({
    key: `lanes${id}:${lanes.key}:${Object.values(kernel).join()}`,
    label: program.name,
    operands: lanes.views.flatMap((view, k): Operand[] => {
      if (k < written) return [{ view, access: "write" }];
      return lanes.outer.classes[k] === "v" ? [] : [{ view, access: "read" }];
    }),
    words: [lanes.outer.size, lanes.inner.size, ...lanes.words],
    source: (names) => laneSource({ program, passes, numbers: kept, lanes, strategy: kernel }, names),
    extensions: kernel.subgroups ? ["subgroups"] : [],
    workgroups: spread(tilesOf(strategy, lanes.outer.size)),
  });
  return true;
}

// The result has room for one value of each element that later passes read.
function hasRoom(program: LaneProgram): boolean {
  return program.results.length === 1 && handedOn(program) <= 1;
}

const plans = new WeakMap<LaneProgram, Map<boolean, Plan>>();
let planned = 0;

function planOf(program: LaneProgram, isKept: boolean): Plan {
  let byKept = plans.get(program);
  if (!byKept) plans.set(program, byKept = new Map());
  let found = byKept.get(isKept);
  if (!found) byKept.set(isKept, found = makePlan(program, isKept));
  return found;
}

function makePlan(program: LaneProgram, isKept: boolean): Plan {
  const { inputs, steps, results } = program, passes = passesOf(program, isKept);
  const totals = passes.flatMap(({ folds, each, across, ofElements }) =>
    across.map((value, k): [number, Expr] => [value, ofElements[folds.length + each.length + k]])
  ).sort(([a], [b]) => a - b).map(([, expr]) => expr);
  const wanted = results.filter((step) => step !== null),
    own = wanted.filter((step) => isNumber(steps[step]));
  const read = totals.flatMap(inputsOf).filter((value) => value >= inputs);
  const numbers = [...new Set([...read, ...own.map((step) => inputs + step)])];
  const given = numbers.map((value) => wanted.indexOf(value - inputs));
  const places = [...Array(inputs + steps.length).keys()].map((value) => {
    return input(value < inputs ? value : inputs + numbers.indexOf(value));
  });
  const sums = totals.map((expr) => substitute(expr, places));
  return { id: planned++, program, passes, numbers, given, sums };
}

function isNumber({ kind }: Step): boolean {
  return kind !== "each" && kind !== "across";
}

// Room for numbers of each lane that are not results, repeated along the lanes.
function roomFor(
  gpu: Gpu,
  { numbers, given }: Plan,
  shape: readonly number[],
  axes: readonly number[],
): View[] {
  if (given.every((result) => result >= 0)) return [];
  const extents = otherAxes(shape.length, axes).map((axis) => shape[axis]), size = sizeOf(extents);
  const room = gpu.temporary("f32", [numbers.length, ...extents]);
  return numbers.map((_, i) => {
    const own = { ...room, shape: extents, strides: room.strides.slice(1), offset: i * size };
    return repeatedAlong(own, shape, axes);
  });
}
