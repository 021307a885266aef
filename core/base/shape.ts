import { described, listed } from "./text.ts";
import { ShapeError, showShape } from "./errors.ts";

/**
 * Extents, outermost first; `[]` is a scalar.
 *
 * @category Dtypes and shapes
 */
export type Shape = readonly number[];

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
 * How many elements a shape has: the product of its extents, 1 for a scalar.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { sizeOf } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([sizeOf([2, 3]), sizeOf([]), sizeOf([2, 0])], [6, 1, 0]);
 * ```
 */
export function sizeOf(shape: Shape): number {
  let n = 1;
  if (!isList(shape)) throw notListed("count", "shape", shape);
  for (let i = 0; i < shape.length; i++) {
    if (typeof shape[i] !== "number") throw noShape("count", shape);
    n *= shape[i];
  }
  return n;
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

/**
 * Whether two shapes are the same, extent by extent; nothing broadcasts.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { sameShape } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sameShape([2, 3], [2, 3]), true);
 * assertEquals(sameShape([3], [3, 1]), false);
 * ```
 */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (!isList(a) || !isList(b)) throw notListed("compare", "shape", isList(a) ? b : a);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether a value counts something: an integer from 0 that is exact. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Longer lists are none that anybody wrote, but arrays of holes that would be walked for ever. */
const LONGEST = 2 ** 24;

/** Whether a value is an array, and not of an endless number of holes. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= LONGEST;
}

function notListed(op: string, what: string, found: unknown, example = ""): TypeError {
  const as = example && `, as in ${example}`;
  return new TypeError(`Cannot ${op} ${what} ${described(found)}: an array is needed${as}`);
}

/** A copy of a list without holes; what is no array, a typed array included, is a TypeError. */
export function listOf<T>(op: string, what: string, list: readonly T[], example = ""): T[] {
  if (isList(list)) return Array.from(list);
  throw notListed(op, what, list, example);
}

/**
 * A copy of a shape. Extents that are not counts, holes among them, and more elements than numbers can count are a
 * {@link ShapeError} that says what `op` was asked.
 *
 * @category Dtypes and shapes
 * @example
 * ```ts
 * import { checkShape, ShapeError } from "@tapegrad/core";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(checkShape("draw", [2, 3]), [2, 3]);
 * assertThrows(() => checkShape("draw", [2, NaN]), ShapeError, "Cannot draw shape [2, NaN]");
 * ```
 */
export function checkShape(op: string, shape: Shape): Shape {
  if (!Array.isArray(shape)) throw noShape(op, shape);
  if (shape.length > MOST_AXES) {
    throw new ShapeError(`Cannot ${op} shape ${listed(shape)}: it has more than ${MOST_AXES} axes`);
  }
  const extents: number[] = [];
  // By index, since what walks an array skips holes.
  let reach = 1;
  for (let i = 0; i < shape.length; i++) {
    const n: number = shape[i];
    if (!isCount(n)) throw noShape(op, shape);
    extents.push(n + 0); // of -0, 0
    reach *= n || 1; // strides go beyond an extent of 0
  }
  if (reach <= Number.MAX_SAFE_INTEGER) return extents;
  throw new ShapeError(`Cannot ${op} shape ${listed(shape)}: it has more than 2^53 elements`);
}

/** As many axes as a shape may have. */
export const MOST_AXES = 256;

function noShape(op: string, shape: Shape): ShapeError {
  return new ShapeError(`Cannot ${op} shape ${listed(shape)}: extents are integers from 0, as in [2, 3]`);
}

/** The shape that `shapes` broadcast to, or `null` where two extents disagree. */
export function tryBroadcast(shapes: readonly Shape[]): Shape | null {
  const rank = shapes.reduce((r, s) => Math.max(r, s.length), 0);
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 1; i <= shape.length; i++) {
      const extent = shape[shape.length - i], at = rank - i;
      if (extent === 1 || extent === out[at]) continue;
      if (out[at] !== 1) return null;
      out[at] = extent;
    }
  }
  return out;
}

/** The shape that `shapes` broadcast to by NumPy's rule; `op` names who asked. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Shape {
  const out = tryBroadcast(shapes);
  if (out) return out;
  const rank = Math.max(...shapes.map((s) => s.length));
  const clash = Array.from({ length: rank }, (_, k) => shapes.map((s) => s[s.length - 1 - k] ?? 1))
    .findIndex((extents) => new Set(extents.filter((n) => n !== 1)).size > 1);
  throw new ShapeError(
    `Cannot ${op} ${shapes.map(showShape).join(" and ")}: ` +
      `extents at axis ${-1 - clash} are ${shapes.map((s) => s[s.length - 1 - clash] ?? 1).join(" and ")}, ` +
      "which neither match nor are 1",
    { op, shapes },
  );
}

/** An axis counted from the front; negative ones count from the end. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const range = Math.max(rank, 1);
  if (Number.isInteger(axis) && axis >= -range && axis < range) return axis < 0 ? axis + range : axis + 0;
  throw new ShapeError(
    `Cannot ${op} along axis ${described(axis)}: a tensor of rank ${rank} has axes ${-range} to ${range - 1}`,
    { op },
  );
}

/** Axes counted from the front, ascending and distinct; `undefined` means all of them. */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === "number" ? [axes] : listOf(op, "along axes", axes);
  const out = list.map((axis) => normalizeAxis(op, axis, rank)).sort((a, b) => a - b);
  if (out.some((axis, i) => i > 0 && axis === out[i - 1])) {
    throw new ShapeError(`Cannot ${op} along axes ${showShape(list)}: an axis is named twice`, { op });
  }
  // A scalar has no axis 0 to remove, though PyTorch lets one be named.
  return rank === 0 ? [] : out;
}

/** The shape left when `axes` (normalised) are reduced. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims = false): Shape {
  if (keepDims) return shape.map((n, i) => axes.includes(i) ? 1 : n);
  return shape.filter((_, i) => !axes.includes(i));
}

/** The axes of `full` along which `shape` is repeated to give it. */
export function repeatedAxes(full: Shape, shape: Shape): number[] {
  const lead = full.length - shape.length;
  return full.flatMap((n, i) => i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []);
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
