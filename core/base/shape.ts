/** Shapes: what is one, and what becomes of them. */
import { described, listed } from "./text.ts";
import { ShapeError, showShape } from "./errors.ts";

/**
 * Extents, outermost first; `[]` is a scalar.
 *
 * @category Dtypes and shapes
 */
export type Shape = readonly number[];

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

export function notListed(op: string, what: string, found: unknown, example = ""): TypeError {
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
