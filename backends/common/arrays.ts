/** Typed arrays over memory that is there. */
import type { DType, TypedArray } from "@tapegrad/core/backend";

type Over = (memory: ArrayBufferLike, at: number, length: number) => TypedArray;

const arrays: Readonly<Record<DType, Over>> = {
  f16: (memory, at, length) => new Float16Array(memory, at, length),
  f32: (memory, at, length) => new Float32Array(memory, at, length),
  f64: (memory, at, length) => new Float64Array(memory, at, length),
  i32: (memory, at, length) => new Int32Array(memory, at, length),
  u32: (memory, at, length) => new Uint32Array(memory, at, length),
  bool: (memory, at, length) => new Uint8Array(memory, at, length),
};

/** So many elements from a byte of a memory on. */
export function arrayOver(dtype: DType, memory: ArrayBufferLike, at: number, length: number): TypedArray {
  return arrays[dtype](memory, at, length);
}
