/** Where the elements of a view lie, and the loops that visit them. */
import { isList, notListed, type Shape, sizeOf } from "./shape.ts";

/**
 * Where the elements of a view lie in its buffer, counted in elements.
 *
 * @category Dtypes and shapes
 */
export interface Layout {
  /** Extents. */
  readonly shape: Shape;
  /** Distance in the buffer between neighbours along each axis; 0 repeats, negative runs backward. */
  readonly strides: readonly number[];
  /** Position of element `[0, …, 0]`. */
  readonly offset: number;
}

/**
 * Row-major strides of a shape, in elements: the last axis moves fastest.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { contiguousStrides } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(contiguousStrides([2, 3, 4]), [12, 4, 1]);
 * ```
 */
export function contiguousStrides(shape: Shape): readonly number[] {
  if (!isList(shape)) throw notListed("count", "shape", shape);
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/**
 * A row-major layout from position 0.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { contiguousLayout } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(contiguousLayout([2, 3]), { shape: [2, 3], strides: [3, 1], offset: 0 });
 * ```
 */
export function contiguousLayout(shape: Shape): Layout {
  return { shape, strides: contiguousStrides(shape), offset: 0 };
}

/**
 * Whether the elements lie one after another, whatever the offset; axes of extent 1 do not count.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { isContiguous } from "@tapegrad/core";
 * import { assert } from "@std/assert";
 *
 * assert(isContiguous({ shape: [2, 1, 3], strides: [3, 99, 1], offset: 6 }));
 * assert(!isContiguous({ shape: [2, 3], strides: [1, 2], offset: 0 }));
 * ```
 */
export function isContiguous(layout: Pick<Layout, "shape" | "strides"> & Partial<Layout>): boolean {
  let step = 1;
  if (!isList(layout?.shape) || !isList(layout.strides)) throw notListed("walk", "shape", layout);
  for (let i = layout.shape.length - 1; i >= 0; i--) {
    const extent = layout.shape[i];
    if (extent !== 1 && layout.strides[i] !== step) return extent === 0 || sizeOf(layout.shape) === 0;
    step *= extent;
  }
  return true;
}

/** Layout of a permutation of axes. */
export function permuteLayout(from: Layout, axes: readonly number[]): Layout {
  return {
    shape: axes.map((i) => from.shape[i]),
    strides: axes.map((i) => from.strides[i]),
    offset: from.offset,
  };
}

/** Layout repeated to `shape`, which `from` must broadcast to. */
export function expandLayout(from: Layout, shape: Shape): Layout {
  const lead = shape.length - from.shape.length;
  const strides = new Array<number>(shape.length);
  for (let i = 0; i < shape.length; i++) {
    const j = i - lead;
    strides[i] = j < 0 || from.shape[j] === 1 ? 0 : from.strides[j];
  }
  return { shape, strides, offset: from.offset };
}

/** Layout of every `step`-th element from `start`, `count` of them, per axis. */
export function sliceLayout(
  from: Layout,
  starts: readonly number[],
  counts: readonly number[],
  steps: readonly number[],
): Layout {
  let offset = from.offset;
  const strides = new Array<number>(counts.length);
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] > 0) offset += starts[i] * from.strides[i];
    strides[i] = from.strides[i] * steps[i];
  }
  return { shape: counts, strides, offset };
}

/** Layout of the same elements in another shape of the same size, or `null` where they must be copied. */
export function reshapeLayout(from: Layout, shape: Shape): Layout | null {
  if (sizeOf(shape) === 0) return { ...contiguousLayout(shape), offset: from.offset };
  const runs = coalesce([from.strides], from.shape);
  const strides = new Array<number>(shape.length);
  let run = runs.shape.length - 1;
  let left = run < 0 ? 1 : runs.shape[run], step = run < 0 ? 1 : runs.strides[0][run];
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 1) {
      strides[i] = 1;
      continue;
    }
    if (left === 1) {
      run--;
      left = runs.shape[run];
      step = runs.strides[0][run];
    }
    if (left % shape[i] !== 0) return null;
    strides[i] = step;
    left /= shape[i];
    step *= shape[i];
  }
  return { shape, strides, offset: from.offset };
}

/**
 * Loops that visit several equally shaped layouts together.
 *
 * @category Dtypes and shapes
 */
export interface Loops {
  /** Extents, with ones dropped and axes merged where every layout allows it. */
  readonly shape: number[];
  /** For each layout, its strides along `shape`. */
  readonly strides: number[][];
}

/**
 * The fewest loops that visit layouts of one shape, given by their strides, in row-major order.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { coalesce } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [3, 1], columns = [1, 2]; // [2, 3] in row-major and in column-major order
 * assertEquals(coalesce([rows, rows], [2, 3]), { shape: [6], strides: [[1], [1]] });
 * assertEquals(coalesce([rows, columns], [2, 3]), { shape: [2, 3], strides: [rows, columns] });
 * ```
 */
export function coalesce(layouts: readonly (readonly number[])[], shape: Shape): Loops {
  if (!isList(shape) || !isList(layouts) || !layouts.every(isList)) throw notListed("walk", "shape", shape);
  const out: number[] = [], strides: number[][] = layouts.map(() => []);
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) continue;
    const last = out.length - 1;
    const merges = last >= 0 && layouts.every((s, k) => strides[k][last] === s[i] * shape[i]);
    if (merges) out[last] *= shape[i];
    else out.push(shape[i]);
    for (let k = 0; k < layouts.length; k++) {
      if (merges) strides[k][last] = layouts[k][i];
      else strides[k].push(layouts[k][i]);
    }
  }
  return { shape: out, strides };
}
