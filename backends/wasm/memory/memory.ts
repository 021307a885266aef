/** One memory that grows, and arrays over all of it. */
import type { DType, TypedArray } from "@tapegrad/core/backend";
import { bytesPerElement } from "@tapegrad/core/backend";
import { arrayOver } from "../../common/arrays.ts";

const PAGE = 2 ** 16;
/** All that 32 bits address. */
const MOST = 2 ** 32;
/** As many pages as there can be. */
export const MOST_PAGES: number = MOST / PAGE;
/** With less there is nothing to begin. */
const LEAST = 2 ** 24;
const FIRST = 2 ** 20;
/** Pages that every memory has from the start: offsets within them need no check in modules that count on them. */
export const FIRST_PAGES: number = FIRST / PAGE;
/** It doubles, but grows by no more than this at a time; what is not touched costs nothing. */
const STEP = 2 ** 28;

/** A memory that grows up to a limit, which is less than was asked for where that cannot be reserved. */
export class GrowingMemory {
  /** The memory itself. */
  readonly memory: WebAssembly.Memory;
  /** How many bytes it may have. */
  readonly most: number;
  #arrays: Partial<Record<DType, TypedArray>> = {};
  #size = FIRST;

  /** A memory of at most so many bytes, which threads can share or not. */
  constructor(most = MOST, shared = false) {
    [this.memory, this.most] = reserved(Math.max(FIRST, Math.min(most, MOST)), shared);
  }

  /** An array over the whole memory, as large as that is now: those from before growth have no elements or not all. */
  array(dtype: DType): TypedArray {
    const known = this.#arrays[dtype];
    if (known !== undefined) return known;
    const { buffer } = this.memory;
    return this.#arrays[dtype] = arrayOver(dtype, buffer, 0, this.#size / bytesPerElement(dtype));
  }

  /** Whether a byte is the end of it or within, having grown where it may. */
  reaches(end: number, grow: boolean): boolean {
    if (end <= this.#size) return true;
    if (!grow || end > this.most) return false;
    const wanted = Math.min(this.most, this.#size + Math.min(this.#size, STEP));
    return this.#grow(Math.max(wanted, end)) || this.#grow(end);
  }

  #grow(end: number): boolean {
    const pages = Math.ceil((end - this.#size) / PAGE);
    try {
      this.memory.grow(pages);
    } catch {
      return false;
    }
    this.#size += pages * PAGE;
    this.#arrays = {};
    return true;
  }
}

function reserved(most: number, shared: boolean): [WebAssembly.Memory, number] {
  const maximum = Math.floor(most / PAGE);
  try {
    return [new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared }), maximum * PAGE];
  } catch (error) {
    if (most / 2 < LEAST) throw error;
    return reserved(most / 2, shared);
  }
}
