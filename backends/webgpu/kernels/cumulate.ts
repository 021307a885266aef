/** Running sums, products, places of extrema and recurrences along an axis: a thread a lane, or a workgroup a block of one. */
import { type CumulateKind, input, type View } from "@tapegrad/core/backend";
import { dtypesOf } from "../../common/views.ts";
import { type Accumulator, accumulatorSource, readAcc, writeAcc } from "./accumulator.ts";
import { type Gpu, invocations, type Operand, spread } from "./kernel.ts";
import type { Workgroups } from "../stream/stream.ts";
import { inLanes } from "../walk/lane_pieces.ts";
import { laneOperands, type Lanes, lanesOf, loadAlong, locateSource } from "../walk/lanes.ts";
import { cumulateFoldOf } from "./cumulate_folds.ts";
import { blocks, type BlockSize, fixed, lanewise, totals } from "./cumulate_source.ts";
import { coordinates, position } from "../walk/strided.ts";
import { emitWgsl, librarySource, registerType, stored } from "../wgsl/expression.ts";

/** A running sum, product, extremum position or linear recurrence along an axis. */
export function cumulate(
  gpu: Gpu,
  kind: CumulateKind,
  inputs: readonly View[],
  axis: number,
  reverse: boolean,
  output: View,
): void {
  inLanes(gpu, "cumulate", axis, [output, ...inputs], (views) => {
    const lanes = lanesOf(reverse ? views.map((v) => backward(v, axis)) : views, [axis], fixed.count);
    runAll(gpu, ofElements(kind, lanes, reverse));
  });
}

function backward(view: View, axis: number): View {
  const { shape, strides, offset } = view, step = strides[axis];
  return { ...view, strides: strides.with(axis, -step), offset: offset + (shape[axis] - 1) * step };
}

/** What is cumulated, and where the results go. */
interface Cumulation {
  readonly key: string;
  readonly label: string;
  readonly accumulator: Accumulator;
  readonly count: number;
  readonly length: number;
  /** The parameters from `origin` on. */
  readonly words: readonly number[];
  /** What is written, then what is read. */
  readonly operands: readonly Operand[];
  /** The source of `locate`, `element` and `keep`, and the library functions that they call. */
  readonly access: (names: readonly string[]) => Access;
}

interface Access {
  readonly source: string;
  readonly functions: Iterable<string>;
}

function ofElements(kind: CumulateKind, lanes: Lanes, reverse: boolean): Cumulation {
  const { views: [output, x], outer, inner } = lanes, length = inner.size;
  const positions = kind === "argmax" || kind === "argmin";
  const accumulator = cumulateFoldOf(
    kind,
    registerType(positions ? x.dtype : output.dtype),
    (place) => `${fixed.origin} + ${place} * ${fixed.direction}`,
  );
  return {
    key: `${kind}:${lanes.key}`,
    label: `cumulate ${kind}`,
    accumulator,
    count: outer.size,
    length,
    words: [...reverse ? [length - 1, -1] : [0, 1], ...lanes.words],
    operands: laneOperands(lanes),
    access: (names) => elementAccess(accumulator, lanes, positions, names),
  };
}

function elementAccess(
  accumulator: Accumulator,
  lanes: Lanes,
  positions: boolean,
  names: readonly string[],
): Access {
  const { views: [output, ...rest], inner } = lanes, { loads, inputs } = loadAlong(lanes, names);
  const dtypes = dtypesOf(rest);
  // Truth values are summed as integers.
  const values = dtypes.map((dtype, k) =>
    emitWgsl(input(k), dtypes, inputs, positions ? dtype : output.dtype)
  );
  const source = `
${locateSource(lanes)}
fn element(j: u32) -> Acc {
  ${loads}
  return ${accumulator.element(values.map((v) => v.result), "j")};
}
fn keep(j: u32, acc: Acc) {
  ${coordinates(inner, "j")}
  ${names[0]}[${position(inner, 0, "j", "from0")}] = ${stored(accumulator.result, output.dtype)};
}`;
  return { source, functions: values.flatMap((v) => [...v.functions]) };
}

// The totals of blocks, cumulated where they are.
function ofTotals({ label, accumulator, count }: Cumulation, view: View): Cumulation {
  const length = view.shape[2];
  const place = (k: number) => `(${k}u * ${fixed.lanes} + located) * ${fixed.length} + j`;
  return {
    key: accumulator.name,
    label,
    accumulator,
    count,
    length,
    words: [0, 1],
    operands: [{ view, access: "write" }],
    access: ([array]) => ({
      source: `
var<private> located: u32;
fn locate(lane: u32) { located = lane; }
fn element(j: u32) -> Acc { return ${readAcc(accumulator, array, place)}; }
fn keep(j: u32, acc: Acc) {
  ${writeAcc(accumulator, array, place)}
}`,
      functions: [],
    }),
  };
}

/** Lanes up to here are one thread's work, and up to the second where there are very many. */
const SHORT = 32, MEDIUM = 1024;
/** So many are very many. */
const MANY = 16384;

function runAll(gpu: Gpu, job: Cumulation): void {
  const { accumulator, count, length } = job;
  if (length <= SHORT || (length <= MEDIUM && count >= MANY)) {
    return run(gpu, job, { key: "lanes", main: () => lanewise(accumulator), workgroups: invocations(count) });
  }
  const size = length <= 256 ? { threads: 64, items: 4 } : { threads: 256, items: 8 };
  const several = Math.ceil(length / (size.threads * size.items));
  if (several === 1) return run(gpu, job, blockStage(job, size));
  const sums = gpu.temporary("u32", [accumulator.fields.length, count, several]);
  run(gpu, job, totalStage(job, size, sums));
  runAll(gpu, ofTotals(job, sums));
  run(gpu, job, blockStage(job, size, sums));
  gpu.release(sums);
}

/** A kernel of a cumulation. */
interface Stage {
  readonly key: string;
  /** Its entry point, given the name of the last of the operands. */
  readonly main: (last: string) => string;
  readonly workgroups: Workgroups;
  /** What it uses beside the operands of the cumulation. */
  readonly operand?: Operand;
  /** How many blocks a lane has. */
  readonly several?: number;
}

function totalStage({ accumulator, count }: Cumulation, size: BlockSize, sums: View): Stage {
  const several = sums.shape[2];
  return {
    key: `totals${size.threads}`,
    main: (array) => `
fn keepTotal(lane: u32, block: u32, acc: Acc) {
  ${writeAcc(accumulator, array, (k) => `${sumPlace(k)} + block`)}
}
${totals(size)}`,
    workgroups: spread(count * several),
    operand: { view: sums, access: "write" },
    several,
  };
}

function blockStage({ accumulator, count }: Cumulation, size: BlockSize, sums?: View): Stage {
  const several = sums?.shape[2] ?? 1;
  const before = (array: string) => `
fn before(lane: u32, block: u32) -> Acc {
  if (block == 0u) { return nothing(); }
  return ${readAcc(accumulator, array, (k) => `${sumPlace(k)} + block - 1u`)};
}`;
  return {
    key: `blocks${size.threads}${sums ? "several" : ""}`,
    main: (array) => `${sums ? before(array) : ""}\n${blocks(size, sums !== undefined)}`,
    workgroups: spread(count * several),
    operand: sums && { view: sums, access: "read" },
    several,
  };
}

/** Where the sums of a lane's blocks begin. */
function sumPlace(k: number): string {
  return `(${k}u * ${fixed.lanes} + lane) * ${fixed.blocks}`;
}

function run(gpu: Gpu, job: Cumulation, { key, main, workgroups, operand, several = 1 }: Stage): void {
  const { accumulator } = job;
  gpu.run({
    key: `cumulate ${job.key}:${key}`,
    label: job.label,
    operands: operand ? [...job.operands, operand] : job.operands,
    words: [job.count, job.length, several, ...job.words],
    source(names): string {
      const { source, functions } = job.access(names);
      return [
        librarySource([...functions, ...accumulator.uses ?? []]),
        accumulatorSource(accumulator),
        source,
        main(names[names.length - 1]),
      ].join("\n");
    },
    workgroups,
  });
}
