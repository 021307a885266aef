/** A plan's kernels, run once on what stands for its memory to see what they dispatch. */
import {
  hostArray,
  input,
  type Kernel,
  type PlanMemory,
  type PlanRequest,
  type PlanView,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";
import { DeviceBuffer } from "../memory/buffers.ts";
import type { Executor } from "../stream/executor.ts";
import { Recorder, Source } from "./recorder.ts";

/** The kernels that a plan is made of. */
export interface PlanKernels {
  /** Those that dispatch to a recorder. */
  readonly of: (recorder: Recorder) => ReadonlyMap<string, Kernel>;
  /** Whether the kernel of an op is still the backend's own. */
  readonly isOwn: (op: string) => boolean;
}

/** What was seen. */
export interface Recording {
  readonly recorder: Recorder;
  /** What stands for what each run is given. */
  readonly given: readonly DeviceBuffer[];
  /** What the elements of each of that depend on before. */
  readonly sources: readonly Source[];
  /** What is the plan's own, of use within a run. */
  readonly inner: readonly DeviceBuffer[];
  /** The memories of numbers, and where the elements of each begin among those of all. */
  readonly numbers: readonly { readonly buffer: DeviceBuffer; readonly place: number }[];
  /** How many elements they have together. */
  readonly count: number;
  /** Buffers whose elements stay from run to run. */
  readonly kept: ReadonlySet<DeviceBuffer>;
}

/** Runs the steps of a request. */
export function recorded(
  executor: Executor,
  { memories, steps }: PlanRequest,
  kernels: PlanKernels,
): Recording {
  const stands = memories.map((memory) => standFor(executor, memory));
  const numbers = numbersAmong(memories, stands), count = sum(numbers.map(({ buffer }) => buffer.length));
  const recorder = new Recorder(executor, count), own = kernels.of(recorder);
  const sources = memories.flatMap(({ kind }) => kind === "given" ? [new Source()] : []);
  const of = (...kinds: PlanMemory["kind"][]) => stands.filter((_, i) => kinds.includes(memories[i].kind));
  const given = of("given"), kept = new Set(of("number", "constant"));
  given.forEach((stand, i) => stand.dependence = sources[i]);
  const seen = ({ memory, dtype, shape, strides, offset }: PlanView): View => (
    { buffer: stands[memory], dtype, shape, strides, offset }
  );
  for (const { op, inputs, outputs, attributes, run } of steps) {
    const read = inputs.map(seen), written = outputs.map(seen), kernel = own.get(op);
    if (op === "upload") kept.add(upload(executor, own.get("map")!, attributes as Upload, written[0]));
    else if (kernel && kernels.isOwn(op)) kernel(read, written, attributes as never);
    else recorder.call(run, read, written);
  }
  for (const { buffer } of numbers) buffer.slot = null;
  return { recorder, given, sources, inner: of("inner"), numbers, count, kept };
}

function standFor(executor: Executor, { kind, dtype, length, data }: PlanMemory): DeviceBuffer {
  const stand = new DeviceBuffer(dtype, length);
  if (kind === "constant") fill(executor, stand, data!);
  return stand;
}

// What has one element is a parameter of kernels that take it so.
function numbersAmong(
  memories: readonly PlanMemory[],
  stands: readonly DeviceBuffer[],
): Recording["numbers"] {
  let place = 0;
  return memories.flatMap(({ kind, dtype, length }, i) => {
    if (kind !== "number") return [];
    const buffer = stands[i], number = { buffer, place };
    if (length === 1) {
      buffer.setElement(hostArray(dtype, 1));
      buffer.slot = place;
    }
    place += length;
    return [number];
  });
}

interface Upload {
  readonly data: TypedArray;
}

// What the host wrote is written again by a copy of it.
function upload(executor: Executor, map: Kernel, { data }: Upload, output: View): DeviceBuffer {
  const { dtype } = output, from = new DeviceBuffer(dtype, data.length);
  const layout = { dtype, shape: [data.length], strides: [1] };
  fill(executor, from, data);
  map([{ ...layout, buffer: from, offset: 0 }], [{ ...output, ...layout }], { exprs: [input(0)] } as never);
  return from;
}

function fill(executor: Executor, buffer: DeviceBuffer, data: TypedArray): void {
  if (data.length === 1) buffer.setElement(data.slice());
  else if (data.length > 0) executor.upload(buffer, data);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
