import { bytesPerElement, checkLength, type DType, type TypedArray } from "@tapegrad/core/backend";

/** A typed array costs ten times as much with memory of its own as on memory that is there already. */
const SLAB = 4096;
/** What is larger has memory of its own, so that little keeps a whole slab alive. */
const LARGEST = 64;
/** Offsets of every dtype are multiples of this. */
const ALIGNMENT = 8;

const views: Readonly<Record<DType, (slab: ArrayBuffer, at: number, length: number) => TypedArray>> = {
  f16: (slab, at, length) => new Float16Array(slab, at, length),
  f32: (slab, at, length) => new Float32Array(slab, at, length),
  f64: (slab, at, length) => new Float64Array(slab, at, length),
  i32: (slab, at, length) => new Int32Array(slab, at, length),
  u32: (slab, at, length) => new Uint32Array(slab, at, length),
  bool: (slab, at, length) => new Uint8Array(slab, at, length),
};

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
    const array = views[dtype](this.#slab, this.#next, length);
    this.#next += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return array;
  }
}
