/** Loops whose turns are known before: each turn runs the graph in it on what the turn before gave. */
import { flip, moveAxis, select, stack, type Tensor } from "@tapegrad/core";
import type { ValueInfo } from "../proto.ts";
import { axisOf, type Call, type Value } from "./call.ts";
import { Known } from "./known.ts";

/** So many turns are run. */
const MOST_TURNS = 2 ** 16;

/** The graph in a loop. */
export interface Body {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Runs it on its inputs, beside all that there is around. */
  readonly run: (inputs: readonly Value[]) => readonly Value[];
}

function checkCounts(body: Body, inputs: number, outputs: number): void {
  const found = [body.inputs.length, body.outputs.length];
  if (found[0] === inputs && found[1] >= outputs) return;
  throw new RangeError(
    `the graph in it takes ${found[0]} values and gives ${
      found[1]
    }, where ${inputs} are taken and at least ${outputs} given`,
  );
}

function stacked(call: Call, values: readonly Value[], axis = 0): Tensor {
  if (values.length === 0) {
    throw new RangeError("no turn is made, so that nothing tells the shape of what is collected");
  }
  return stack(values.map((value) => call.asTensor(value)), axis);
}

// A condition that no turn computes from data is known.
function goesOn(value: Value): boolean {
  if (value instanceof Known) return Boolean(value.data[0]);
  throw new TypeError("its condition is computed from data: how often it turns must be known before");
}

/** Turns so often as is told, or until a condition that is known says no. */
export function loop(call: Call, body: Body): readonly Value[] {
  const [count, condition, ...start] = call.inputs, turns = count ? call.known(0).data[0] : Infinity;
  checkCounts(body, start.length + 2, start.length + 1);
  let state = start.map((_, i) => call.value(i + 2)), on = condition ? goesOn(condition) : true;
  const collected = body.outputs.slice(start.length + 1).map((): Value[] => []);
  for (let turn = 0; on && turn < turns; turn++) {
    if (turn === MOST_TURNS) throw new RangeError(`it makes more than ${MOST_TURNS} turns`);
    const now = condition ?? new Known("bool", [], [1]);
    const [next, ...given] = body.run([new Known("i64", [], [turn]), now, ...state]);
    state = given.slice(0, start.length);
    given.slice(start.length).forEach((value, i) => collected[i].push(value));
    on = goesOn(next);
  }
  return [...state, ...collected.map((values) => stacked(call, values))];
}

/** Turns once for each place along an axis of what it scans. */
export function scanning(call: Call, body: Body): readonly Value[] {
  if (call.version < 9) throw new TypeError("a Scan of opset 8, which has batches, is not covered");
  const scanned = call.int("num_scan_inputs", 0), kept = call.inputs.length - scanned;
  checkCounts(body, call.inputs.length, kept);
  const given = Array.from({ length: scanned }, (_, i) => slices(call, kept + i, i));
  let state: readonly Value[] = Array.from({ length: kept }, (_, i) => call.value(i));
  const collected = body.outputs.slice(kept).map((): Value[] => []),
    [turns = 0] = given.map((xs) => xs.length);
  if (given.some((xs) => xs.length !== turns)) throw new RangeError("what it scans is not of one length");
  for (let turn = 0; turn < turns; turn++) {
    const found = body.run([...state, ...given.map((xs) => xs[turn])]);
    state = found.slice(0, kept);
    found.slice(kept).forEach((value, i) => collected[i].push(value));
  }
  return [...state, ...collected.map((values, i) => gathered(call, values, i))];
}

function slices(call: Call, input: number, i: number): readonly Tensor[] {
  const x = call.tensor(input), axis = axisOf(call.ints("scan_input_axes")?.[i] ?? 0, x.rank);
  if (x.shape[axis] > MOST_TURNS) throw new RangeError(`it makes more than ${MOST_TURNS} turns`);
  const all = Array.from({ length: x.shape[axis] }, (_, k) => select(x, axis, k));
  return call.ints("scan_input_directions")?.[i] ? all.reverse() : all;
}

function gathered(call: Call, values: readonly Value[], i: number): Tensor {
  const x = stacked(call, values), axis = axisOf(call.ints("scan_output_axes")?.[i] ?? 0, x.rank);
  const ordered = call.ints("scan_output_directions")?.[i] ? flip(x, 0) : x;
  return axis === 0 ? ordered : moveAxis(ordered, 0, axis);
}
