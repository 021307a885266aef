/** Room that a call needs while it runs, and operands in it. */
import {
  bytesPerElement,
  contiguousStrides,
  type DType,
  type Expr,
  type Shape,
  sizeOf,
} from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import { map } from "../map.ts";

/** What room is for: elements in rows, perhaps further apart than they are long. */
export interface Want {
  readonly dtype: DType;
  readonly shape: Shape;
  /** How far the rows of the last axis are apart, in elements; as long as they are unless said. */
  readonly apart?: number;
}

const ALIGNED = 64;

/** Runs with an operand in room of its own for each that is wanted. */
export function withRooms<K extends string>(
  heap: Heap,
  wants: Readonly<Record<K, Want>>,
  use: (rooms: Readonly<Record<K, Operand>>) => void,
): void {
  const all = Object.entries<Want>(wants), sizes = all.map(([, want]) => bytesOf(want));
  heap.scratch(sizes.reduce((sum, bytes) => sum + bytes, 0), (start) => {
    let pointer = start;
    const rooms = all.map(([name, want], i): [string, Operand] => {
      const operand = placed(want, pointer);
      pointer += sizes[i];
      return [name, operand];
    });
    use(Object.fromEntries(rooms) as Record<K, Operand>);
  });
}

function outerOf({ shape, apart = shape.at(-1) ?? 1 }: Want): Shape {
  return shape.length === 0 ? [] : [...shape.slice(0, -1), apart];
}

function bytesOf(want: Want): number {
  return Math.ceil(sizeOf(outerOf(want)) * bytesPerElement(want.dtype) / ALIGNED) * ALIGNED;
}

function placed(want: Want, pointer: number): Operand {
  const { dtype, shape } = want;
  return { pointer, dtype, shape, strides: contiguousStrides(outerOf(want)) };
}

/** The operand with an extent of 1 along axes along which it repeats, but for the last so many. */
export function once(x: Operand, kept: number): Operand {
  const inner = x.shape.length - kept;
  return { ...x, shape: x.shape.map((n, axis) => axis < inner && x.strides[axis] === 0 ? 1 : n) };
}

/** An operand of a shape that it broadcasts to. */
export function repeated({ pointer, dtype, shape, strides }: Operand, to: Shape): Operand {
  const missing = to.length - shape.length;
  const steps = to.map((_, axis) =>
    axis < missing || shape[axis - missing] === 1 ? 0 : strides[axis - missing]
  );
  return { pointer, dtype, shape: to, strides: steps };
}

/** The operand with its last two axes in turn. */
export function turned({ pointer, dtype, shape, strides }: Operand): Operand {
  return { pointer, dtype, shape: swapped(shape), strides: swapped(strides) };
}

function swapped(all: readonly number[]): readonly number[] {
  return [...all.slice(0, -2), ...all.slice(-2).reverse()];
}

/** Computes an expression of operands that broadcast to an output. */
export function compute(heap: Heap, expr: Expr, inputs: readonly Operand[], output: Operand): void {
  const operands = inputs.map((x) => repeated(x, output.shape));
  map(operands, [output], { name: "attention", exprs: [expr] }, heap);
}

/** Puts a number where an operand is. */
export function put(heap: Heap, { pointer, dtype }: Operand, value: number): void {
  heap.put(dtype, pointer, [value]);
}
