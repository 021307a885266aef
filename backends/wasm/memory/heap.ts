/** Memory for elements and for what kernels need for a while. */
import { bytesPerElement, type DType, type TypedArray } from "@tapegrad/core/backend";
import { bestSimd, type Simd } from "../features.ts";
import { type Again, atOnce, type Job } from "../threads/job.ts";
import type { Run } from "../modules.ts";
import { Threads } from "../threads/threads.ts";
import { ALIGNMENT, Blocks } from "./blocks.ts";
import type { Multiplier } from "../kernels/matmul/multiply.ts";
import { GrowingMemory } from "./memory.ts";
import { type Script, Unscripted } from "./script.ts";
import { Watch } from "./watch.ts";

/** How much room calls have for what they need while they run; who needs more takes a block. */
const STACK = 2 ** 18;

/** Work of fewer nanoseconds is done before another thread has heard of it. */
const WORTH = 50_000;

/** Threads begin once there was so much work for them, in nanoseconds: Deno waits for a worker until it is there. */
const BEGIN = 5_000_000;

/** Bytes that have to be free for threads to begin: for what they tell each other, and the modules of kernels. */
const ROOM = 2 ** 19;

/** About what the host keeps of a tensor until the collector frees it. */
const BESIDE = 2 ** 11;

/** What holds memory, and since which op. */
export interface Holder {
  /** How much. */
  readonly bytes: number;
  /** What filled it last, as errors call it. */
  readonly op: string;
}

/**
 * How a heap is made.
 *
 * @category Backends
 */
export interface HeapOptions {
  /** How kernels compute on it, where not in the best way that there is here. */
  readonly simd?: Simd;
  /** How many bytes it has at most: 4 GiB unless said, or what can be reserved. */
  readonly memoryBytes?: number;
  /** Whether blocks are watched for uses after they were freed. */
  readonly debug?: boolean;
  /** How many threads work on it at most: the caller's alone unless said. Their number changes no result. */
  readonly threads?: number;
}

/** One memory, its blocks, and the arrays through which the host sees it. */
export class Heap {
  /** What modules import. */
  readonly memory: WebAssembly.Memory;
  /** How kernels compute. */
  readonly simd: Simd;
  /** How many bytes it can have. */
  readonly most: number;
  /** Whoever is to be named where there is no room left. */
  readonly holders = new Set<Holder>();
  readonly #memory: GrowingMemory;
  readonly #blocks: Blocks;
  readonly #watch: Watch | null;
  /** What multiplies in the place of kernels. */
  multiplier: Multiplier | undefined;
  /** What writes down what kernels do in place of doing it, while there is one. */
  script: Script | null = null;
  #count: number;
  // What threads could have shared so far, in nanoseconds.
  #shareable = 0;
  #threads: Threads | null = null;
  /** Bytes allocated so far, freed or not, with what the host keeps beside them. */
  allocated = 0;
  #top: number;
  readonly #stackEnd: number;

  /** A heap of its own. */
  constructor({ memoryBytes, debug = false, simd = bestSimd()!, threads = 1 }: HeapOptions = {}) {
    this.simd = simd;
    this.#count = threads;
    const memory = this.#memory = new GrowingMemory(memoryBytes, threads > 1);
    this.memory = memory.memory;
    this.most = memory.most;
    this.#blocks = new Blocks((end, grow) => memory.reaches(end, grow));
    this.#watch = debug ? new Watch(memory) : null;
    this.#top = this.allocate(STACK);
    this.#stackEnd = this.#top + STACK;
  }

  /** An array over the whole memory. Whatever allocates may leave it without elements: ask anew after that. */
  array(dtype: DType): TypedArray {
    if (this.script !== null) throw new Unscripted("reads or writes elements on the host");
    return this.#memory.array(dtype);
  }

  /** The pointer of a block with any content, a multiple of 64 and not 0. */
  allocate(bytes: number): number {
    if (this.script !== null) return this.script.allocate(bytes);
    const pointer = this.#blocks.take(bytes);
    if (pointer === null) throw full(bytes, this.most, this.#blocks.free, this.holders);
    this.#watch?.taken(pointer, bytes);
    this.allocated += bytes + BESIDE;
    return pointer;
  }

  /** Whether a block of so many bytes can be had now. */
  hasRoom(bytes: number): boolean {
    const pointer = this.#blocks.take(bytes);
    if (pointer !== null) this.#blocks.give(pointer, bytes);
    return pointer !== null;
  }

  /** Takes back a block of as many bytes as it was allocated with. */
  free(pointer: number, bytes: number): void {
    if (this.script !== null) return;
    this.#watch?.freed(pointer, bytes);
    this.#blocks.give(pointer, bytes);
  }

  /** Runs `use` with a pointer, a multiple of 64, to so many bytes with any content, which are its own until it ends. */
  scratch<T>(bytes: number, use: (pointer: number) => T): T {
    if (this.script !== null) return this.script.scratch(bytes, use);
    const start = this.#top, end = start + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (end > this.#stackEnd) return this.#scratchApart(bytes, use);
    this.#top = end;
    try {
      return use(start);
    } finally {
      this.#top = start;
    }
  }

  /** A function as kernels call it that do not give their calls to a job. */
  calls(run: Run): Run {
    const { script } = this;
    return script === null ? run : (...args) => (script.call(run, args), 0);
  }

  /** Calls a function that gives 0, or what it is that it failed for. */
  check(run: Run, args: readonly number[], fail: (found: number) => void): void {
    if (this.script !== null) return this.script.call(run, args, fail);
    const found = run(...args);
    if (found !== 0) fail(found);
  }

  /** Asks a function of whole numbers something about elements, which it answers by 0 or another number. */
  decide(run: Run, args: readonly number[]): boolean {
    return this.script === null ? run(...args) !== 0 : this.script.decide(run, args);
  }

  /** What calls are told to that are made one after another, by the caller's thread. */
  get job(): Job {
    return this.script === null ? atOnce : this.script.job;
  }

  /** Copies bytes, which may overlap. */
  copy(to: number, from: number, bytes: number): void {
    if (this.script !== null) this.script.copy(to, from, bytes);
    else this.array("bool").copyWithin(to, from, from + bytes);
  }

  /** Makes bytes 0. */
  clear(pointer: number, bytes: number): void {
    if (this.script !== null) this.script.clear(pointer, bytes);
    else this.array("bool").fill(0, pointer, pointer + bytes);
  }

  /** Writes numbers one after another. */
  put(dtype: DType, pointer: number, numbers: readonly number[]): void {
    if (this.script !== null) this.script.put(dtype, pointer, numbers);
    else this.array(dtype).set(numbers, pointer / bytesPerElement(dtype));
  }

  /** Runs `use` with a pointer to whole numbers that depend on no address, which `fill` writes. */
  table<T>(count: number, fill: (table: Int32Array) => void, use: (pointer: number) => T): T {
    if (this.script !== null) return use(this.script.table(count, fill));
    return this.scratch(count * 4, (start) => {
      fill((this.array("i32") as Int32Array).subarray(start / 4, start / 4 + count));
      return use(start);
    });
  }

  /** Why there is one thread any more, where there were several. */
  get reason(): string | undefined {
    return this.#threads?.reason;
  }

  /**
   * Has so many threads at most from now on; false where its memory cannot be shared by several. Those that are not
   * wanted for a while stay, for they take milliseconds to begin: without jobs they end by themselves.
   */
  setThreads(count: number): boolean {
    if (count > 1 && this.memory.buffer instanceof ArrayBuffer) return false;
    if (count !== 1 && count !== this.#threads?.count) {
      this.#threads?.end("another number was asked for");
      this.#threads = null;
    }
    this.#count = count;
    return true;
  }

  /** Ends the threads, but the caller's. */
  end(): void {
    this.#threads?.end("the backend was disposed of");
  }

  /** The threads, if there are several; they begin with the first job that they are given. */
  get threads(): Threads | null {
    if (this.#count === 1 || this.#threads === null && !this.hasRoom(ROOM)) return null;
    this.#threads ??= new Threads(this, this.#count);
    return this.#threads.reason === undefined ? this.#threads : null;
  }

  /** Whether work of about so many nanoseconds is shared with other threads: then it is to be cut into pieces. */
  isShared(nanoseconds: number): boolean {
    return nanoseconds >= WORTH && this.threads !== null;
  }

  /**
   * Runs a job of about so many nanoseconds: on several threads where there are and it is worth it, else each call as it
   * is told. A kernel tells its calls in pieces that do not depend on each other, not even on whether another ran before:
   * no piece writes what itself or another reads, for it may have to run twice. Where a cut may change a bit, pieces are
   * cut by the problem alone and not by the number of threads; of 50 to 500 µs they are best. `room` is how many bytes a
   * piece needs for itself: their start is given to `build`, and arguments that point there are said to be moved. A job
   * that comes `again` is told once.
   */
  parallel(nanoseconds: number, room: number, build: (job: Job, room: number) => void, again?: Again): void {
    if (this.script !== null) return this.script.parallel(nanoseconds, room, build);
    const each = Math.ceil(room / ALIGNMENT) * ALIGNMENT,
      threads = this.#isEnough(nanoseconds) ? this.threads : null;
    // Within another job calls are made as they are told.
    if (threads === null || threads.isBusy || !this.hasRoom(each * threads.count)) {
      return room === 0 ? build(atOnce, 0) : this.scratch(room, (start) => build(atOnce, start));
    }
    const run = (start: number): void => threads.run(each, start, (job) => build(job, start), again);
    if (room === 0) run(0);
    else this.scratch(each * threads.count, run);
  }

  #isEnough(nanoseconds: number): boolean {
    return nanoseconds >= WORTH && (this.#shareable += nanoseconds) >= BEGIN;
  }

  #scratchApart<T>(bytes: number, use: (pointer: number) => T): T {
    const pointer = this.allocate(bytes);
    try {
      return use(pointer);
    } finally {
      this.free(pointer, bytes);
    }
  }
}

/** So many ops are named. */
const NAMED = 4;

function full(bytes: number, most: number, free: number, holders: ReadonlySet<Holder>): RangeError {
  const byOp = new Map<string, { op: string; bytes: number; count: number }>();
  let held = 0;
  for (const holder of holders) {
    const sum = byOp.get(holder.op) ?? { op: holder.op, bytes: 0, count: 0 };
    byOp.set(holder.op, sum);
    sum.bytes += holder.bytes;
    sum.count++;
    held += holder.bytes;
  }
  const most4 = [...byOp.values()].sort((a, b) => b.bytes - a.bytes).slice(0, NAMED);
  const named = most4.map(({ op, bytes, count }) => `${bytes} in ${count} of ${op}`).join(", ");
  return new RangeError(
    `Cannot allocate ${bytes} bytes on wasm: of ${most} bytes ${held} are held by ${holders.size} tensors` +
      `${named && ` (${named})`} and ${free} are free, not all in one piece; make each step in scope(), ` +
      "dispose() what is done with, or await a read now and then, so that the collector frees what nobody holds",
  );
}
