/** The gradient of a mask that is added to scores. */
import { bytesPerElement, contiguousStrides, e, input } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import { reduce } from "../reduce.ts";
import type { Block } from "./blocks.ts";
import { compute, type Want, withRooms } from "./rooms.ts";

const [x, y] = [input(0), input(1)], itself = e.cast(x, "f64"), joined = e.add(x, y);

/** The room for sums of slopes in double precision where a mask repeats, one for each of its elements. */
export function sumsOf({ shape }: Operand): Want {
  return { dtype: "f64", shape };
}

/** Slopes of a block of scores, `[rows, keys]`. */
export interface Slopes extends Pick<Block, "start"> {
  readonly slopes: Operand;
  /** Where the sums are of the head's first row. */
  readonly at: number;
}

/** Adds slopes to the sums, which lie along all scores, of the elements of the mask that they met. */
export function addSlopes(heap: Heap, { strides }: Operand, { start, slopes, at }: Slopes): void {
  const steps = strides.slice(-2), axes = [0, 1].filter((axis) => steps[axis] === 0);
  const shape = slopes.shape.map((n, axis) => axes.includes(axis) ? 1 : n);
  const pointer = at + start * steps[0] * bytesPerElement("f64"),
    dtype = "f64",
    kept = shape.filter((_, i) => !axes.includes(i));
  const sums: Operand = { dtype, pointer, shape, strides: steps };
  withRooms(heap, { part: { dtype, shape } }, ({ part }) => {
    const output = { ...part, shape: kept, strides: contiguousStrides(kept) };
    reduce([slopes], [output], { name: "attention", kind: "sum", expr: itself, axes }, heap);
    compute(heap, joined, [sums, part], sums);
  });
}
