import { bytesPerElement, checkLength, type DType, type TypedArray } from "@tapegrad/core/backend";
import { arrayOver } from "../common/arrays.ts";

/** A typed array costs ten times as much with memory of its own as on memory that is there already. */
const SLAB = 4096;
/** What is larger has memory of its own, so that little keeps a whole slab alive. */
const LARGEST = 64;
/** Offsets of every dtype are multiples of this. */
const ALIGNMENT = 8;

/** Carves small arrays, such as scalars, out of shared memory; the collector takes a slab with its last array. */
export class SlabAllocator {
  #slab = new ArrayBuffer(SLAB);
  #next = 0;

  /** An array on a slab, or `null` if it is too large for one. */
  take(dtype: DType, length: number): TypedArray | null {
    checkLength(length, dtype);
    const bytes = length * bytesPerElement(dtype);
    if (bytes > LARGEST) return null;
    if (this.#next + bytes > SLAB) {
      this.#slab = new ArrayBuffer(SLAB);
      this.#next = 0;
    }
    const array = arrayOver(dtype, this.#slab, this.#next, length);
    this.#next += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return array;
  }
}
