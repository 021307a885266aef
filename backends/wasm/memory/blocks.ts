/** Which bytes of a memory are whose: blocks by size class, and what is left between them. */
import { sizeClass } from "../../common/size_class.ts";

/** Blocks start at multiples of this. */
export const ALIGNMENT = 64;

/** Free bytes of any size. */
interface Span {
  start: number;
  size: number;
}

/** Has memory reach to a byte: `true` if it does, or could be made to where it may `grow`. */
export type Reach = (end: number, grow: boolean) => boolean;

/** Gives blocks out and takes them back. */
export class Blocks {
  readonly #reach: Reach;
  /** Where what was never given out begins; no block is at 0. */
  #end = ALIGNMENT;
  readonly #kept = new Map<number, number[]>();
  #spans: Span[] = [];
  #used = 0;
  #free = 0;

  /** Blocks of a memory. */
  constructor(reach: Reach) {
    this.#reach = reach;
  }

  /** Bytes of blocks that were given out. */
  get used(): number {
    return this.#used;
  }

  /** Bytes that were given out before and wait to be used again. */
  get free(): number {
    return this.#free;
  }

  /** The start of a block of at least so many bytes, or `null` where there is no room for it. */
  take(bytes: number): number | null {
    const size = sizeClass(bytes);
    const start = this.#keptOf(size) ?? this.#fromSpans(size) ?? this.#fromEnd(size, false) ??
      this.#fromMerged(size) ?? this.#fromEnd(size, true);
    if (start !== null) this.#used += size;
    return start;
  }

  /** Takes back a block of so many bytes. */
  give(start: number, bytes: number): void {
    const size = sizeClass(bytes), kept = this.#kept.get(size);
    this.#used -= size;
    this.#free += size;
    if (kept) kept.push(start);
    else this.#kept.set(size, [start]);
  }

  #keptOf(size: number): number | null {
    const start = this.#kept.get(size)?.pop();
    if (start === undefined) return null;
    this.#free -= size;
    return start;
  }

  // The smallest that is large enough; what is left of it stays one.
  #fromSpans(size: number): number | null {
    let best: Span | null = null;
    for (const span of this.#spans) {
      if (span.size >= size && (best === null || span.size < best.size)) best = span;
    }
    if (best === null) return null;
    const { start } = best;
    best.start += size;
    best.size -= size;
    this.#free -= size;
    if (best.size === 0) this.#spans.splice(this.#spans.indexOf(best), 1);
    return start;
  }

  #fromEnd(size: number, grow: boolean): number | null {
    const start = this.#end;
    if (!this.#reach(start + size, grow)) return null;
    this.#end += size;
    return start;
  }

  // Before memory grows, neighbours become one, whatever their class was, and what is free at the end no block.
  #fromMerged(size: number): number | null {
    if (this.#kept.size === 0) return null;
    this.#merge();
    return this.#fromSpans(size) ?? this.#fromEnd(size, false);
  }

  #merge(): void {
    const all = this.#spans, merged: Span[] = [];
    for (const [size, starts] of this.#kept) for (const start of starts) all.push({ start, size });
    this.#kept.clear();
    all.sort((a, b) => a.start - b.start);
    for (const span of all) {
      const last = merged.at(-1);
      if (last && last.start + last.size === span.start) last.size += span.size;
      else merged.push(span);
    }
    const last = merged.at(-1);
    if (last && last.start + last.size === this.#end) {
      this.#end = last.start;
      this.#free -= last.size;
      merged.pop();
    }
    this.#spans = merged;
  }
}
