/** Typed arrays over memory that is there. */
import type { DType, TypedArray } from "@tapegrad/core/backend";

/** So many elements from a byte of a memory on. */
export function arrayOver(dtype: DType, memory: ArrayBufferLike, at: number, length: number): TypedArray {
  switch (dtype) { // each op passes here, which a table of functions would cost a tenth of its time
    case "f32":
      return new Float32Array(memory, at, length);
    case "f64":
      return new Float64Array(memory, at, length);
    case "i32":
      return new Int32Array(memory, at, length);
    case "u32":
      return new Uint32Array(memory, at, length);
    case "bool":
      return new Uint8Array(memory, at, length);
    case "f16":
      return new Float16Array(memory, at, length);
  }
}
