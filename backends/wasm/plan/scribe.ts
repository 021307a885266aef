/** Writes down what a kernel does. */
import { bytesPerElement, type DType } from "@tapegrad/core/backend";
import { arrayOver } from "../../common/arrays.ts";
import { ALIGNMENT } from "../memory/blocks.ts";
import type { Heap } from "../memory/heap.ts";
import { type Script, Unscripted } from "../memory/script.ts";
import { callableOf, type Run } from "../modules.ts";
import type { Job } from "../threads/job.ts";
import { type Argument, argumentOf, ROOM, SCRATCH, startOf, TABLE, TEMPORARY } from "./addresses.ts";

/** What is done: a function that is called, bytes copied or cleared, or words written at an address. */
export type Deed = Run | "copy" | "clear" | "put";

/** One thing that is done. */
export interface Call<A = Argument> {
  readonly deed: Deed;
  readonly args: readonly A[];
  /** What is told what the function gave, where that is not 0. */
  readonly fail?: ((found: number) => void) | undefined;
}

/** Calls that threads share, in pieces, each with room of its own. */
export interface Shared<A = Argument> {
  readonly nanoseconds: number;
  readonly room: number;
  readonly pieces: readonly (readonly (Call<A> & { readonly moved: number })[])[];
}

/** What goes on in one of two ways, by what a function says of elements. */
export interface Choice {
  readonly question: Call;
  readonly ways: readonly [no: readonly Line[], yes: readonly Line[]];
}

/** A line of what is written down. */
export type Line<A = Argument> = Call<A> | Shared<A> | Choice;

/** Whether a line is a job for threads. */
export function isShared<A>(line: Line<A>): line is Shared<A> {
  return "pieces" in line;
}

/** Whether a line goes on in one of two ways. */
export function isChoice<A>(line: Line<A>): line is Choice {
  return "ways" in line;
}

/** More calls than this of one kernel take longer to compile than they save. */
const MOST = 20_000;

/** Writes down what one kernel does, the first time or the second, and after a question as if the answer were known. */
export class Scribe implements Script {
  readonly lines: (Call<number> | Shared<number>)[] = [];
  /** What stays: bytes at multiples of the alignment, one after the other. */
  readonly tables: Uint8Array[] = [];
  readonly job: Job = { call: (run, args) => this.call(run, args), next: () => {} };
  /** How many bytes it needs while it runs. */
  most = 0;
  temporaries = 0;
  /** What was asked, and after how many lines. */
  asked: { readonly question: Call<number>; readonly at: number } | null = null;
  readonly #heap: Heap;
  readonly #time: number;
  #top = 0;
  #tables: number;
  #isBusy = false;

  /** What is asked is answered so; other tables of the kernel have so many bytes. */
  constructor(heap: Heap, time: number, readonly answer: boolean, tables: number) {
    this.#heap = heap;
    this.#time = time;
    this.#tables = tables;
  }

  /** How many bytes of tables there are. */
  get tableBytes(): number {
    return this.#tables;
  }

  decide(run: Run, args: readonly number[]): boolean {
    if (this.#isBusy || this.asked !== null) throw new Unscripted("asks for elements more than once");
    this.asked = { question: { deed: run, args: taken(run, args), fail: () => {} }, at: this.lines.length };
    return this.answer;
  }

  call(run: Run, args: readonly number[], fail?: (found: number) => void): void {
    this.#add({ deed: run, args: taken(run, args), fail });
  }

  copy(to: number, from: number, bytes: number): void {
    this.#add({ deed: "copy", args: [to, from, bytes] });
  }

  clear(pointer: number, bytes: number): void {
    this.#add({ deed: "clear", args: [pointer, bytes] });
  }

  put(dtype: DType, pointer: number, numbers: readonly number[]): void {
    const bytes = numbers.length * bytesPerElement(dtype);
    if (bytes % 4 !== 0) throw new Unscripted("writes parts of words");
    const words = new Int32Array(bytes / 4);
    arrayOver(dtype, words.buffer, 0, numbers.length).set(numbers);
    words.forEach((word, i) => this.#add({ deed: "put", args: [pointer + 4 * i, word] }));
  }

  table(count: number, fill: (table: Int32Array) => void): number {
    const table = new Int32Array(count);
    fill(table);
    return this.constant(new Uint8Array(table.buffer));
  }

  /** The pointer of bytes that stay. */
  constant(bytes: Uint8Array): number {
    const start = this.#tables;
    this.tables.push(bytes);
    this.#tables += aligned(bytes.length);
    return startOf(TABLE, this.#time) + start;
  }

  scratch<T>(bytes: number, use: (pointer: number) => T): T {
    const start = this.#top;
    this.#top += aligned(bytes);
    this.most = Math.max(this.most, this.#top);
    const result = use(startOf(SCRATCH, this.#time) + start);
    this.#top = start;
    return result;
  }

  allocate(bytes: number): number {
    const start = this.temporaries;
    this.temporaries += aligned(bytes);
    return startOf(TEMPORARY, this.#time) + start;
  }

  parallel(nanoseconds: number, room: number, build: (job: Job, room: number) => void): void {
    if (!this.#heap.isShared(nanoseconds) || this.#isBusy) {
      return room === 0 ? build(this.job, 0) : this.scratch(room, (start) => build(this.job, start));
    }
    const pieces: (Call<number> & { moved: number })[][] = [[]], roomAt = startOf(ROOM, this.#time);
    this.#isBusy = true;
    build({
      call: (run, args, moved = 0) => pieces.at(-1)!.push({ deed: run, args: taken(run, args), moved }),
      next: () => void (pieces.at(-1)!.length > 0 && pieces.push([])),
    }, roomAt);
    this.#isBusy = false;
    if (pieces.at(-1)!.length === 0) pieces.pop();
    if (pieces.length > 1) return void this.#add({ nanoseconds, room, pieces });
    this.scratch(room, (start) =>
      pieces.flat().forEach(({ deed, args, moved }) => {
        this.#add({ deed, args: args.map((x, k) => (moved >>> k) % 2 ? x - roomAt + start : x) });
      }));
  }

  #add(line: Call<number> | Shared<number>): void {
    if (this.#isBusy) throw new Unscripted("does something else within a job");
    if (this.lines.push(line) > MOST) throw new Unscripted("makes too many calls");
  }
}

// A block without an epilogue is given what one would need.
function taken(run: Run, args: readonly number[]): readonly number[] {
  const takes = callableOf(run)?.takes;
  if (takes?.every((type) => type === "i32") && takes.length <= args.length) {
    return args.slice(0, takes.length);
  }
  throw new Unscripted("calls a function of other than whole numbers");
}

/** The least multiple of the alignment from so many bytes on. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** What was written down two times, with what its arguments point to. */
export function merged(first: Scribe["lines"], second: Scribe["lines"]): readonly Line[] {
  if (first.length !== second.length) throw new Unscripted("does other things elsewhere");
  return first.map((line, i): Line => {
    const other = second[i];
    if (!isShared(line)) return mergedCall(line, other as Call<number>);
    const pieces = line.pieces.map((calls, j) =>
      calls.map((call, k) => ({
        ...mergedCall(call, (other as Shared<number>).pieces[j][k]),
        moved: call.moved,
      }))
    );
    return { ...line, pieces };
  });
}

/** A call that was written down two times. */
export function mergedCall(a: Call<number>, b: Call<number>): Call {
  if (a.deed !== b.deed) throw new Unscripted("does other things elsewhere");
  return { ...a, args: a.args.map((x, k) => argumentOf(x, b.args[k])) };
}
