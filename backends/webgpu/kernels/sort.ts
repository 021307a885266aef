/** The stable order of elements: runs of their keys are sorted in workgroup memory and merged in pairs. */
import type { View } from "@tapegrad/core/backend";
import { dtypesOf } from "../../common/views.ts";
import { eachInvocation, type Gpu, invocations, type Operand, spread } from "./kernel.ts";
import { inLanes, laneAfterLane } from "../walk/lane_pieces.ts";
import { laneOperands, type Lanes, lanesOf, locateSource } from "../walk/lanes.ts";
import { elementTypes, elementWord, loadInputs, withElements } from "./map.ts";
import { ascendingKey } from "./ordering.ts";
import { fixed, mergeSource, type Room, runsSource } from "./sort_source.ts";
import { coordinates, position, shaderWalkOf, walkKey, walkWords, word } from "../walk/strided.ts";
import { librarySource, registerType } from "../wgsl/expression.ts";

/** `output` = the order of elements along an axis; NaN counts as the largest. */
export function argsort(gpu: Gpu, input: View, axis: number, descending: boolean, output: View): void {
  inLanes(gpu, "sort", axis, [output, input], ([to, from]) => sort(gpu, from, { axis, descending }, to));
}

interface Order {
  readonly axis: number;
  readonly descending: boolean;
}

function sort(gpu: Gpu, input: View, order: Order, output: View): void {
  const lanes = lanesOf([output], [order.axis], fixed.count), length = lanes.inner.size;
  const sorted = temporaries(gpu, lanes), isOneRun = length <= LONGEST;
  const run = isOneRun ? 2 ** Math.ceil(Math.log2(Math.max(length, 2))) : LONGEST;
  takeKeys(gpu, input, sorted.keys, order);
  sortRuns(gpu, lanes, run, sorted);
  if (isOneRun) release(gpu, sorted);
  else mergeRuns(gpu, lanes, sorted);
}

/** The longest run that a workgroup sorts. */
const LONGEST: Room = 1024;

/** The keys of elements, lane by lane, and their places. */
interface Sorted {
  readonly keys: View;
  readonly places: View;
}

function temporaries(gpu: Gpu, { outer, inner }: Lanes): Sorted {
  const make = () => gpu.temporary("u32", [outer.size * inner.size]);
  return { keys: make(), places: make() };
}

function release(gpu: Gpu, { keys, places }: Sorted): void {
  gpu.release(keys);
  gpu.release(places);
}

// Elements differ in dtype and layout; everything that follows sorts keys.
function takeKeys(gpu: Gpu, input: View, keys: View, { axis, descending }: Order): void {
  const views = [laneAfterLane(keys, input.shape, axis), input], dtypes = dtypesOf(views);
  const walk = { ...withElements(shaderWalkOf(views, input.shape), views), first: 1 }, { classes } = walk;
  const write: Operand = { view: keys, access: "write" };
  gpu.run({
    key: `keys:${walkKey(walk)}:${elementTypes(classes, dtypes)}`,
    label: "keys to sort by",
    operands: classes[1] === "v" ? [write] : [write, { view: input, access: "read" }],
    words: [
      descending ? -1 : 0,
      ...walkWords(walk, [0, classes[1] === "v" ? elementWord(input) : input.offset]),
    ],
    source(names): string {
      const { loads, inputs: [x] } = loadInputs(dtypes, walk, names, "i");
      const body = `
  ${coordinates(walk, "i")}
  ${loads.join("\n  ")}
  ${names[0]}[${position(walk, 0, "i")}] = keyOf(${x}) ^ ${word(0)};`;
      return librarySource([]) + ascendingKey(registerType(input.dtype)) + eachInvocation(word(1), body);
    },
    workgroups: invocations(walk.size),
  });
}

function sortRuns(gpu: Gpu, lanes: Lanes, run: number, { keys, places }: Sorted): void {
  const count = lanes.outer.size, length = lanes.inner.size;
  const room: Room = run <= 256 ? 256 : 1024, runs = Math.ceil(length / run);
  const target = runs > 1 ? places : null;
  gpu.run({
    key: `sort runs ${room}:${target ? "" : lanes.key}`,
    label: "sort runs",
    operands: [...writing(lanes, target), { view: keys, access: target ? "write" : "read" }],
    words: [count, length, run, runs, ...lanes.words],
    source: ([out, from]) =>
      librarySource([]) + (target ? keepSource(from, out) : keepOrderSource(lanes, out)) +
      runsSource(room, from),
    workgroups: spread(Math.ceil(count * runs / (room / run))),
  });
}

// Runs become twice as long each time; the last merge writes the order.
function mergeRuns(gpu: Gpu, lanes: Lanes, first: Sorted): void {
  const { outer, inner: { size: length } } = lanes;
  let from = first, spare = length > 2 * LONGEST ? temporaries(gpu, lanes) : null;
  for (let run: number = LONGEST; run < length; run *= 2) {
    const to = 2 * run < length ? spare : null;
    const written: Operand[] = to
      ? [to.places, to.keys].map((view) => ({ view, access: "write" }))
      : laneOperands(lanes);
    const read = [from.places, from.keys].map((view): Operand => ({ view, access: "read" }));
    gpu.run({
      key: `merge runs:${to ? "" : lanes.key}`,
      label: "merge runs",
      operands: [...written, ...read],
      words: [outer.size, length, run, Math.ceil(length / run), ...lanes.words],
      source(names): string {
        const [places, keys] = names.slice(-2);
        const keep = to ? keepSource(names[1], names[0]) : keepOrderSource(lanes, names[0]);
        return librarySource([]) + keep + mergeSource(keys, places);
      },
      workgroups: invocations(outer.size * length),
    });
    if (to) [from, spare] = [to, from];
  }
  release(gpu, from);
  if (spare) release(gpu, spare);
}

function writing(lanes: Lanes, target: View | null): Operand[] {
  return target ? [{ view: target, access: "write" }] : laneOperands(lanes);
}

function keepSource(keys: string, places: string): string {
  return `
fn keep(lane: u32, j: u32, key: u32, place: u32) {
  ${keys}[lane * ${fixed.length} + j] = key;
  ${places}[lane * ${fixed.length} + j] = place;
}`;
}

function keepOrderSource(lanes: Lanes, array: string): string {
  return `
${locateSource(lanes)}
fn keep(lane: u32, j: u32, key: u32, place: u32) {
  locate(lane);
  ${coordinates(lanes.inner, "j")}
  ${array}[${position(lanes.inner, 0, "j", "from0")}] = i32(place);
}`;
}
