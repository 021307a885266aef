/** Indices out of range, which only the device sees: kernels report them, and who reads what depends on them is told. */
import { contiguousLayout, type View } from "@tapegrad/core/backend";
import { outOfRange } from "../../common/index_range.ts";
import { DeviceBuffer } from "../memory/buffers.ts";
import { type Dependence, failureOf } from "./dependence.ts";

/** Where kernels say whether an index was out of range. */
export interface Reports extends Dependence {
  /** Two words for each of a run of uses: whether one failed, and the index that did. */
  readonly view: View & { readonly buffer: DeviceBuffer };
  /** Which of these are its own. */
  readonly slot: number;
}

/** A use of indices. */
export class IndexUse implements Reports {
  readonly last: number;
  readonly parts = null;
  failed: IndexUse | null = null;
  readonly view: Reports["view"];
  readonly slot: number;
  readonly #describe: (index: number) => Error;
  #index = 0;

  constructor(number: number, page: Reports["view"], describe: (index: number) => Error) {
    this.last = number;
    this.view = page;
    this.slot = number % PAGE;
    this.#describe = describe;
  }

  /** Takes note of an index out of range, as a word. */
  fail(index: number): void {
    this.failed = this;
    this.#index = index;
  }

  /** What to tell who reads what depends on it. */
  get error(): Error {
    return this.#describe(this.#index);
  }
}

/** So many uses share a buffer. */
const PAGE = 1024;
const SLOT_BYTES = 8;

/** A copy to make, from the device's reports. */
export interface ReportPart {
  readonly view: Reports["view"];
  /** Where it starts, in bytes. */
  readonly from: number;
  /** How long it is, in bytes. */
  readonly size: number;
}

/** All that is to be copied. */
export interface Report {
  /** The last use that it covers. */
  readonly last: number;
  /** Two words for each use, up to that one. */
  readonly parts: readonly ReportPart[];
}

/** What a log does with device memory. */
export interface PageMemory {
  /** Fills a buffer with zeros. */
  readonly clear: (buffer: DeviceBuffer) => void;
  /** Gives its memory back. */
  readonly free: (buffer: DeviceBuffer) => void;
}

/** The uses of indices that have not been found right or wrong yet. */
export class FaultLog {
  readonly #memory: PageMemory;
  #pending: IndexUse[] = [];
  #settled = 0;
  #last = 0;
  #page: Reports["view"] | null = null;
  #anyFailed = false;

  constructor(memory: PageMemory) {
    this.#memory = memory;
  }

  /** Numbers a use and gives it a place to report to. */
  watch(describe: (index: number) => Error): IndexUse {
    const number = ++this.#last;
    if (number % PAGE === 0) this.#leavePage();
    const use = new IndexUse(number, this.#page ??= this.#makePage(), describe);
    this.#pending.push(use);
    return use;
  }

  /** What the device has to say of all uses that are not settled. */
  get report(): Report {
    const parts: ReportPart[] = [], pending = this.#pending;
    for (let i = 0; i < pending.length;) {
      const { view, slot } = pending[i], count = Math.min(PAGE - slot, pending.length - i);
      parts.push({ view, from: slot * SLOT_BYTES, size: count * SLOT_BYTES });
      i += count;
    }
    return { last: this.#last, parts };
  }

  /** Takes in the words of a report. */
  settle(last: number, words: Uint32Array): void {
    const first = last + 1 - words.length / 2;
    const count = this.#pending.findIndex((use) => use.last > last);
    const done = this.#pending.splice(0, count < 0 ? Infinity : count);
    for (const use of done) {
      const at = 2 * (use.last - first);
      if (words[at] !== 0) use.fail(words[at + 1]);
      this.#anyFailed ||= use.failed !== null;
    }
    this.#settled = Math.max(this.#settled, last);
    this.#freePages(done);
  }

  /** A dependence without what was found right; `null` if nothing is left of it. */
  left(on: Dependence | null): Dependence | null {
    if (on === null || on.last > this.#settled) return on;
    return this.#anyFailed ? failureOf(on) : null;
  }

  /** Throws if what was settled has failed. */
  check(on: readonly (Dependence | null)[]): void {
    if (!this.#anyFailed) return;
    for (const one of on) {
      const failed = one && one.last <= this.#settled && failureOf(one);
      if (failed) throw failed.error;
    }
  }

  #makePage(): Reports["view"] {
    const shape = [PAGE * 2], buffer = new DeviceBuffer("u32", PAGE * 2);
    this.#memory.clear(buffer);
    return { buffer, dtype: "u32", ...contiguousLayout(shape) };
  }

  // Unless it has uses that are not settled.
  #leavePage(): void {
    const page = this.#page;
    this.#page = null;
    if (page && this.#pending.at(-1)?.view !== page) this.#memory.free(page.buffer);
  }

  #freePages(settled: readonly IndexUse[]): void {
    const next = this.#pending[0]?.view ?? this.#page;
    for (const view of new Set(settled.map((use) => use.view))) {
      if (view !== next && view !== this.#page) this.#memory.free(view.buffer);
    }
  }
}

/** Words for the description of a use of a view of indices along an axis of so many elements. */
export function describeIndex(
  op: string,
  { dtype }: View,
  axis: number,
  extent: number,
): (word: number) => Error {
  return (word) => outOfRange(op, dtype === "u32" ? word >>> 0 : word | 0, axis, extent);
}

/** The source of `report(slot, index)`, which keeps the largest failed index, as a word, in the array called `fault`. */
export function faultSource(fault: string): string {
  return `
fn report(slot: u32, index: u32) {
  atomicStore(&${fault}[2u * slot], 1u);
  atomicMax(&${fault}[2u * slot + 1u], index);
}
`;
}

/** The statement that reports an index beyond `extent` and ends the invocation: as a word, a negative one is large. */
export function leaveOutOfRange(index: string, extent: string, slot: string): string {
  return `if (${index} >= ${extent}) { report(${slot}, ${index}); return; }`;
}
