/** The classes of layout that kernels tell apart. */
import {
  contiguousLayout,
  contiguousStrides,
  type DType,
  hostArray,
  type Layout,
  type Shape,
  sizeOf,
} from "@tapegrad/core";
import type { TypedArray } from "@tapegrad/core";

/** Elements on the host: what a whole buffer holds, and which part of it a kernel is shown. */
export interface Operand extends Layout {
  /** What the elements are. */
  readonly dtype: DType;
  /** All of the buffer. Operands with the same array share a buffer. */
  readonly data: TypedArray;
}

/** A way for elements of a shape to lie in memory. */
export type LayoutClass =
  | "contiguous"
  | "transposed"
  | "repeated row"
  | "repeated column"
  | "repeated element"
  | "stepped"
  | "backward"
  | "offset";

/** The layouts of inputs. */
export const inputLayouts: readonly LayoutClass[] = [
  "contiguous",
  "transposed",
  "repeated row",
  "repeated column",
  "repeated element",
  "stepped",
  "backward",
  "offset",
];

/** The layouts of outputs, in which every element has a place of its own. */
export const outputLayouts: readonly LayoutClass[] = [
  "contiguous",
  "transposed",
  "stepped",
  "backward",
  "offset",
];

/** The layouts of outputs but the usual one; a dtype that is not the main one has the most general of them. */
export function outputsFor(isMain: boolean): readonly LayoutClass[] {
  return isMain ? outputLayouts.slice(1) : ["offset"];
}

const makers: Readonly<Record<LayoutClass, (shape: Shape) => Layout>> = {
  contiguous: contiguousLayout,
  transposed: (shape) => ({
    shape,
    strides: contiguousStrides([...shape].reverse()).toReversed(),
    offset: 0,
  }),
  "repeated row": (shape) => ({
    shape,
    strides: contiguousStrides(shape).map((s, i) => i === 0 && shape.length > 1 ? 0 : s),
    offset: 0,
  }),
  "repeated column": (shape) => {
    const { length } = shape, one = contiguousStrides(shape.map((n, i) => i === length - 1 ? 1 : n));
    return { shape, strides: one.map((s, i) => i === length - 1 ? 0 : s), offset: 0 };
  },
  "repeated element": (shape) => ({ shape, strides: shape.map(() => 0), offset: 0 }),
  // Every other element of rows that are longer than twice the shape's.
  stepped: (shape) => {
    const wide = contiguousStrides(shape.map((n, i) => i === shape.length - 1 ? 2 * n + 1 : n));
    return { shape, strides: wide.map((s, i) => i === shape.length - 1 ? 2 : s), offset: 0 };
  },
  backward: (shape) => ({
    shape,
    strides: contiguousStrides(shape).map((s) => -s),
    offset: Math.max(0, sizeOf(shape) - 1),
  }),
  // A window in rows that are 3 longer, from the second row on.
  offset: (shape) => {
    const strides = contiguousStrides(shape.map((n, i) => i === shape.length - 1 ? n + 3 : n));
    return { shape, strides, offset: (strides[0] ?? 1) + 1 };
  },
};

/** How elements of a shape lie in a class of layout. */
export function layoutOf(name: LayoutClass, shape: Shape): Layout {
  return makers[name](shape);
}

/** The place of each element, row-major. */
export function placesOf({ shape, strides, offset }: Layout): number[] {
  let places = [offset];
  shape.forEach((n, axis) => {
    places = places.flatMap((p) => Array.from({ length: n }, (_, i) => p + i * strides[axis]));
  });
  return places;
}

/** How many elements a buffer must hold for a layout. */
export function lengthFor({ shape, strides, offset }: Layout): number {
  if (sizeOf(shape) === 0) return offset;
  return shape.reduce((last, n, axis) => last + Math.max(0, (n - 1) * strides[axis]), offset) + 1;
}

/** Elements in a layout, where `fill` gives what each place of the buffer holds. */
export function operand(dtype: DType, layout: Layout, fill: (place: number) => number): Operand {
  const data = hostArray(dtype, lengthFor(layout));
  for (let i = 0; i < data.length; i++) data[i] = fill(i);
  return { dtype, data, shape: layout.shape, strides: layout.strides, offset: layout.offset };
}

/** Elements one after another. */
export function plain(dtype: DType, shape: Shape, values: readonly number[]): Operand {
  return operand(dtype, contiguousLayout(shape), (i) => values[i]);
}

/** What outputs hold beforehand: a kernel that leaves out an element, or writes beside them, is seen. */
const BEFORE = 77;

/** Room for results; what lies around it must stay as it is. */
export function room(dtype: DType, layout: Layout): Operand {
  return operand(dtype, layout, () => dtype === "bool" ? 1 : BEFORE);
}

/** Room for results, one after another. */
export function plainRoom(dtype: DType, shape: Shape): Operand {
  return room(dtype, contiguousLayout(shape));
}

/** The same elements in another layout. */
export function seen(from: Operand, layout: Layout): Operand {
  return { dtype: from.dtype, data: from.data, ...layout };
}
