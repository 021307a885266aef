/** Places on grids, and how far each is from the first. */
import {
  bytesPerElement,
  contiguousLayout,
  type DType,
  input,
  type MapAttributes,
  sizeOf,
} from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import { map } from "../map.ts";

/** Places along axes, of which the last is the innermost, and how far neighbours along each are apart, in elements. */
export interface Grid {
  readonly extents: readonly number[];
  readonly steps: readonly number[];
}

/** Tables end with so many distances of nothing, for panels that go beyond. */
const BEYOND = 64;

/** Runs `use` with a table of the distances of all places in bytes. */
export function withTable<T>(heap: Heap, grid: Grid, bytes: number, use: (table: number) => T): T {
  const count = sizeOf(grid.extents);
  return heap.table(count + BEYOND, (table) => {
    fillDistances(table, grid, bytes);
    table.fill(0, count);
  }, use);
}

function fillDistances(table: Int32Array, { extents, steps }: Grid, bytes: number): void {
  let count = 1;
  table[0] = 0;
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const step = steps[axis] * bytes;
    for (let i = 1, to = count; i < extents[axis]; i++) {
      for (let j = 0; j < count; j++, to++) table[to] = table[j] + i * step;
    }
    count *= extents[axis];
  }
}

/** A contiguous operand. */
export function contiguousAt(pointer: number, dtype: DType, shape: readonly number[]): Operand {
  return { pointer, dtype, shape, strides: contiguousLayout(shape).strides };
}

/** Room for contiguous elements. */
export function withRoomFor<T>(
  heap: Heap,
  { dtype }: Operand,
  shape: readonly number[],
  use: (room: Operand) => T,
): T {
  const bytes = Math.max(1, sizeOf(shape)) * bytesPerElement(dtype);
  return heap.scratch(bytes, (pointer) => use(contiguousAt(pointer, dtype, shape)));
}

const same: MapAttributes = { name: "conv", exprs: [input(0)] };

/** Copies elements, as those of another dtype where it is another. */
export function copyTo(heap: Heap, from: Operand, to: Operand): void {
  map([from], [to], same, heap);
}

/** A part of an operand: from an index on along an axis, so many. */
export function part(x: Operand, axis: number, from: number, count: number): Operand {
  const { pointer, dtype, shape, strides } = x;
  return {
    pointer: pointer + from * strides[axis] * bytesPerElement(dtype),
    dtype,
    shape: shape.with(axis, count),
    strides,
  };
}
