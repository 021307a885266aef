/** Matrices in wasm memory that lie in every way, among elements that are nobody's. */
import { bytesPerElement, type DType, sizeOf } from "@tapegrad/core/backend";
import type { Operand } from "../../../../backends/wasm/kernels/kernel.ts";
import type { Heap } from "../../../../backends/wasm/memory/heap.ts";

/** An operand whose elements a test reads. */
export interface Placed extends Operand {
  /** Its elements in order. */
  values(): Float64Array;
  /** Whether what lies beside its elements is as it was. */
  isWhole(): boolean;
  release(): void;
}

// Where elements are, in order.
function offsetsOf(shape: readonly number[], strides: readonly number[], first: number): Float64Array {
  let offsets = Float64Array.of(first);
  shape.forEach((extent, axis) => {
    const next = new Float64Array(offsets.length * extent);
    for (let k = 0; k < next.length; k++) {
      next[k] = offsets[Math.floor(k / extent)] + k % extent * strides[axis];
    }
    offsets = next;
  });
  return offsets;
}

function dense(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

// The strides of a shape, in elements, by the name of a way.
function stridesOf(shape: readonly number[], way: string): number[] {
  const lead = shape.slice(0, -2), [rows, columns] = shape.slice(-2), own = dense(shape);
  const outer = own.slice(0, -2), widen = (by: number) => outer.map((stride) => stride * by);
  switch (way) {
    case "transposed":
      return [...outer, 1, rows];
    case "stepped":
      return [...widen(6), columns * 2 + 3, 2];
    case "backward":
      return [...outer, -columns, -1];
    case "repeated":
      return [...lead.map(() => 0), columns, 1];
    case "crossed": {
      const size = rows * columns;
      return [...lead.map((_, axis) => size * sizeOf(lead.slice(0, axis))), columns, 1];
    }
    default:
      return own;
  }
}

const BESIDE = 5;

/** Puts a matrix into memory; what lies beside it is no number, or a large one. */
export function place(
  heap: Heap,
  dtype: DType,
  shape: readonly number[],
  way: string,
  value: (place: number) => number,
): Placed {
  const strides = stridesOf(shape, way), width = bytesPerElement(dtype);
  const spread = strides.map((stride, axis) => stride * (shape[axis] - 1));
  const below = spread.reduce((sum, d) => sum + Math.min(d, 0), 0);
  const above = spread.reduce((sum, d) => sum + Math.max(d, 0), 0);
  const length = above - below + 1 + 2 * BESIDE, block = heap.allocate(length * width);
  const start = block / width, nobody = dtype === "i32" ? 0x55555555 : NaN;
  const offsets = offsetsOf(shape, strides, BESIDE - below), owned = new Uint8Array(length);
  const elements = () => heap.array(dtype).subarray(start, start + length);
  elements().fill(nobody);
  offsets.forEach((at, k) => elements()[at] = value(k));
  offsets.forEach((at) => owned[at] = 1);
  return {
    pointer: (start + BESIDE - below) * width,
    dtype,
    shape,
    strides,
    values: () => Float64Array.from(offsets, (at) => elements()[at]),
    isWhole: () => elements().every((v, at) => owned[at] === 1 || Object.is(v, nobody)),
    release: () => heap.free(block, length * width),
  };
}
