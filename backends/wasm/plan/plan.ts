/** Plans: programs that are one call of wasm, or some with jobs of threads and kernels by the host between. */
import type { Buffer, Plan, PlanRequest, PlanStep, TypedArray } from "@tapegrad/core/backend";
import { i32, type Int, load, plus } from "../assembler/values.ts";
import type { WasmKernel } from "../kernels/kernel.ts";
import { WasmBuffer } from "../memory/buffer.ts";
import type { Heap } from "../memory/heap.ts";
import type { Run } from "../modules.ts";
import { type Argument, OWN, ROOM } from "./addresses.ts";
import { driving } from "./driver.ts";
import { Given } from "./given.ts";
import { HostPart, JobPart } from "./parts.ts";
import { offsetOf, type Rooms, roomsOf } from "./rooms.ts";
import type { Call } from "./scribe.ts";
import { areCalls, everySegment, isFork, isJob, type Segment, segmentsOf, textOf } from "./segments.ts";
import { upload, type Written, written } from "./writing.ts";

/** What a plan is made with. */
export interface Planner {
  readonly heap: Heap;
  /** What is given of fewer elements is an array of the host. */
  readonly small: number;
  /** The kernel of an op in wasm, unless there is none or another has its place. */
  kernelOf(op: string): WasmKernel<unknown> | undefined;
  /** A block of so many bytes, and what takes it back. */
  allocate(bytes: number): WasmBuffer;
  free(block: WasmBuffer): void;
}

/** What a run does for a segment. */
type Part = () => void;

const NAME = "a compiled program";

/** A program on a heap, planned anew where threads came or went since: kernels are cut for these alone. */
export class WasmPlan implements Plan {
  readonly launches: number;
  readonly #planner: Planner;
  readonly #request: PlanRequest;
  #made: Made | null;

  /** Plans it for the threads that there are. */
  constructor(planner: Planner, request: PlanRequest) {
    this.#planner = planner;
    this.#request = request;
    this.launches = request.steps.length;
    this.#made = new Made(planner, request);
  }

  get bytes(): number {
    return this.#made?.block.bytes ?? 0;
  }

  run(given: readonly Buffer[], numbers: ArrayLike<number>): void {
    if (this.#made?.hasThreads !== (this.#planner.heap.threads !== null)) {
      this.#free();
      this.#made = new Made(this.#planner, this.#request);
    }
    this.#made.run(given, numbers);
  }

  describe(): string {
    return this.#made?.text ?? "";
  }

  [Symbol.dispose](): void {
    this.#free();
  }

  #free(): void {
    if (this.#made !== null) this.#planner.free(this.#made.block);
    this.#made = null;
  }
}

/** A program that is written down, for several threads or for one. */
class Made {
  readonly hasThreads: boolean;
  readonly block: WasmBuffer;
  readonly text: string;
  readonly #planner: Planner;
  readonly #given: Given;
  readonly #parts: readonly Part[];
  #buffers: readonly Buffer[] = [];

  /** Writes all steps down. */
  constructor(planner: Planner, request: PlanRequest) {
    const { heap } = planner, { steps } = request;
    this.hasThreads = heap.threads !== null; // they take memory when they are first asked for
    const all = steps.map((step) => writtenBy(planner, step)), rooms = roomsOf(request, all, planner.small);
    this.#planner = planner;
    this.block = planner.allocate(rooms.bytes);
    this.block.op = NAME;
    const start = this.block.pointer;
    for (const [at, elements] of rooms.fixed) put(heap, start + at, elements);
    this.#given = new Given(heap, request, rooms.places, start, rooms.pointers);
    const segments = segmentsOf(steps, all, (argument, step) => placed(rooms, start, step, argument));
    this.#parts = this.#partsOf(segments, request, rooms);
    this.text = textOf(segments, steps, all);
  }

  run(given: readonly Buffer[], numbers: ArrayLike<number>): void {
    this.#buffers = given;
    try {
      this.#given.take(given, numbers);
      for (const part of this.#parts) part();
      this.#given.bringBack(given, NAME);
    } finally {
      this.#buffers = [];
    }
  }

  #partsOf(segments: readonly Segment[], request: PlanRequest, rooms: Rooms): readonly Part[] {
    const { heap } = this.#planner, failed = this.block.pointer + rooms.failed;
    const calls = everySegment(segments).filter(areCalls), bufferOf = this.#bufferOf(request, rooms);
    const runs = driving(heap.memory, calls, { failed, valueOf: (x) => this.#valueOf(x, rooms) });
    const runOf = (segment: readonly Call[]): Run => runs[calls.indexOf(segment)];
    const partOf = (segment: Segment): Part => {
      if (areCalls(segment)) return callsPart(heap, segment, runOf(segment), failed);
      if (isFork(segment)) {
        return forkPart(
          runOf(segment.question),
          segment.ways.map((way) => way.map(partOf)),
        );
      }
      const one = isJob(segment) ? new JobPart(segment) : new HostPart(segment, bufferOf);
      if (one instanceof JobPart) return () => one.run(heap, this.#given.pointers);
      return () => one.run(this.#buffers);
    };
    return segments.map(partOf);
  }

  #valueOf(argument: Argument, { pointers }: Rooms): Int {
    if (typeof argument === "number") return i32(argument);
    const { memory, offset } = argument;
    return plus(load("i32.load", this.block.pointer + pointers + 4 * (memory - OWN)), offset);
  }

  // Small memory of the plan's own, and copies of small arrays that are given, as buffers.
  #bufferOf(
    { memories }: PlanRequest,
    { places }: Rooms,
  ): (memory: number, given: readonly Buffer[]) => Buffer {
    const own = memories.map((): WasmBuffer | undefined => undefined), { heap } = this.#planner;
    return (i, given) => {
      if (places[i] < 0) return given[i];
      const { dtype, length } = memories[i];
      return own[i] ??= new WasmBuffer(heap, dtype, length, this.block.pointer + places[i]);
    };
  }
}

function writtenBy({ heap, kernelOf }: Planner, step: PlanStep): Written | string {
  const kernel = step.op === "upload" ? upload : kernelOf(step.op);
  return kernel ? written(heap, kernel, step) : "has no kernel in wasm";
}

function put(heap: Heap, at: number, elements: TypedArray): void {
  const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  (heap.array("bool") as Uint8Array).set(bytes, at);
}

/** An address as far as it is known: a number, unless its buffer or its room is another at each run. */
function placed(rooms: Rooms, start: number, step: number, argument: Argument): Argument {
  if (typeof argument === "number" || argument.memory === ROOM) return argument;
  const offset = offsetOf(rooms, step, argument);
  return offset === null ? argument : start + offset;
}

function callsPart(heap: Heap, calls: readonly Call[], run: Run, failed: number): Part {
  const fails = new Map(calls.flatMap(({ fail }, i) => fail ? [[i + 1, fail]] : []));
  return () => {
    const at = run();
    if (at !== 0) fails.get(at)!(heap.array("i32")[failed / 4]);
  };
}

function forkPart(ask: Run, [no, yes]: readonly (readonly Part[])[]): Part {
  return () => {
    for (const part of ask() === 0 ? no : yes) part();
  };
}
