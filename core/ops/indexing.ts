/** Picking and placing elements. */
import { apply } from "../dispatch.ts";
import { type DType, isFloating } from "../dtype.ts";
import { DtypeError, IndexError, ShapeError, showShape } from "../errors.ts";
import { gatherAt, scatterAt } from "../primitives/indexing.ts";
import { sliceView } from "../primitives/views.ts";
import { asTensor, defineOp, type TensorLike } from "../registry.ts";
import { broadcastShapes, normalizeAxis, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { equal, greaterEqual, lessEqual, where } from "./comparison.ts";
import { arange } from "./creation.ts";
import { sub } from "./arithmetic.ts";
import { expand, narrow, pad, reshape, unsqueeze } from "./shape.ts";

/** What {@link slice} takes along one axis: an index, `[start, end, step]` with parts left out as `null`, or everything. */
export type Range = number | null | readonly [(number | null)?, (number | null)?, number?];

interface Pick {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/**
 * Elements picked along each axis, as a view: an index drops its axis, `[start, end, step]` takes
 * `start` up to but not including `end`, `null` takes everything. Negative positions count from the
 * end, ranges are clipped to the axis, steps may be negative; an index out of range is an {@link IndexError}.
 *
 * @example
 * ```ts
 * import { arange } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = arange(6).reshape([2, 3]);
 * assertEquals(await x.slice(1, [null, null, -1]).array(), [5, 4, 3]);
 * ```
 */
export function slice(x: Tensor, ranges: readonly Range[]): Tensor {
  if (ranges.length > x.rank) {
    throw new ShapeError(`Cannot slice ${showShape(x.shape)} along ${ranges.length} axes: it has ${x.rank}`, {
      op: "slice",
      shapes: [x.shape],
    });
  }
  const picks = x.shape.map((n, i) => pick(ranges[i] ?? null, n, i, x.shape));
  const view = apply(sliceView, [x], {
    starts: picks.map((p) => p.start),
    counts: picks.map((p) => p.count),
    steps: picks.map((p) => p.step),
  });
  const kept = view.shape.filter((_, i) => typeof ranges[i] !== "number");
  return kept.length === view.rank ? view : reshape(view, kept);
}

function pick(range: Range, extent: number, axis: number, shape: Shape): Pick {
  if (range === null) return { start: 0, count: extent, step: 1 };
  if (typeof range === "number") {
    return { start: checkedIndex(range, extent, axis, shape), count: 1, step: 1 };
  }
  const step = range[2] ?? 1;
  if (!Number.isInteger(step) || step === 0) {
    throw new RangeError(
      `Cannot slice axis ${axis} of ${
        showShape(shape)
      } by steps of ${step}: an integer other than 0 is needed`,
    );
  }
  const [first, last] = step > 0 ? [0, extent] : [extent - 1, -1];
  const start = clip(range[0], first, extent, step), end = clip(range[1], last, extent, step);
  return { start, count: Math.max(0, Math.ceil((end - start) / step)), step };
}

// Bounds are clipped as in Python: to 0 … n going up, to -1 … n - 1 going down.
function clip(bound: number | null | undefined, open: number, extent: number, step: number): number {
  if (bound === null || bound === undefined) return open;
  if (!Number.isInteger(bound)) throw new RangeError(`Cannot slice at ${bound}: bounds are integers or null`);
  const at = bound < 0 ? bound + extent : bound;
  return step > 0 ? Math.min(Math.max(at, 0), extent) : Math.min(Math.max(at, -1), extent - 1);
}

function checkedIndex(index: number, extent: number, axis: number, shape: Shape): number {
  if (Number.isInteger(index) && index >= -extent && index < extent) {
    return index < 0 ? index + extent : index;
  }
  throw new IndexError(
    `Cannot take index ${index} of axis ${axis} of ${showShape(shape)}: it goes from ${-extent} to ${
      extent - 1
    }`,
  );
}

function checkIndex(op: string, x: Tensor, axis: number, index: Tensor): number {
  if (isFloating(index.dtype) || index.dtype === "bool") {
    throw new DtypeError(
      `Cannot ${op} at indices of ${index.dtype}: i32 or u32 is needed, cast with to("i32")`,
      {
        op,
        dtypes: [index.dtype],
      },
    );
  }
  const at = normalizeAxis(op, axis, x.rank);
  const fits = index.rank === x.rank && index.shape.every((n, i) => i === at || n <= x.shape[i]);
  if (fits) return at;
  throw new ShapeError(
    `Cannot ${op} from ${showShape(x.shape)} at indices of ${showShape(index.shape)} along axis ${axis}: ` +
      "the ranks must be equal and no other extent larger",
    { op, shapes: [x.shape, index.shape] },
  );
}

/** `out[i, …] = x[index[i, …], …]` for axis 0 and likewise for others; an index out of range is an {@link IndexError}. */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  return apply(gatherAt, [x, index], { axis: checkIndex("gather", x, axis, index) });
}

function place(kind: "add" | "set", x: Tensor, axis: number, index: Tensor, source: TensorLike): Tensor {
  const op = kind === "add" ? "scatterAdd" : "scatter";
  const at = checkIndex(op, x, axis, index);
  const values = asTensor(source, x).to(x.dtype);
  return apply(scatterAt, [x, index, expand(values, index.shape)], { axis: at, kind });
}

/** A copy of x with `source` written at `index` along an axis; of repeated indices the last stays. */
export function scatter(x: Tensor, axis: number, index: Tensor, source: TensorLike): Tensor {
  return place("set", x, axis, index, source);
}

/** A copy of x with `source` added at `index` along an axis; repeated indices add up. */
export function scatterAdd(x: Tensor, axis: number, index: Tensor, source: TensorLike): Tensor {
  return place("add", x, axis, index, source);
}

/** The slices of x along an axis that a vector of indices names, in its order. */
export const indexSelect: (x: Tensor, axis: number, index: Tensor) => Tensor = defineOp(
  "indexSelect",
  (x, axis, index) => {
    const at = normalizeAxis("indexSelect", axis, x.rank);
    if (index.rank !== 1 || x.rank === 0) {
      throw new ShapeError(
        `Cannot select from ${showShape(x.shape)} at indices of ${
          showShape(index.shape)
        }: a vector of indices is needed`,
        { op: "indexSelect", shapes: [x.shape, index.shape] },
      );
    }
    const wide = reshape(index, x.shape.map((_, i) => i === at ? index.size : 1));
    return gather(x, at, expand(wide, x.shape.map((n, i) => i === at ? index.size : n)));
  },
);

/** {@link gather} with the other axes of x and index broadcast against each other; without an axis, of the flattened x. */
export const takeAlongAxis: (x: Tensor, index: Tensor, axis?: number) => Tensor = defineOp(
  "takeAlongAxis",
  (x, index, axis) => {
    if (axis === undefined) return gather(reshape(x, [-1]), 0, reshape(index, [-1]));
    const at = normalizeAxis("takeAlongAxis", axis, x.rank);
    const others = (shape: Shape) => shape.map((n, i) => i === at ? 1 : n);
    const common = broadcastShapes("takeAlongAxis", [others(x.shape), others(index.shape)]);
    const grown = (t: Tensor) => expand(t, common.map((n, i) => i === at ? t.shape[i] : n));
    return gather(grown(x), at, grown(index));
  },
);

/** 1 at the position along a new last axis of `classes` that each index names, else 0. */
export const oneHot: (index: Tensor, classes: number, options?: { readonly dtype?: DType }) => Tensor =
  defineOp(
    "oneHot",
    (index, classes, { dtype = "i32" } = {}) => {
      const positions = arange(classes, undefined, { dtype: index.dtype, backend: index.backend });
      return equal(unsqueeze(index, -1), positions).to(dtype);
    },
    { dtypes: ["i32", "u32"], differentiable: false },
  );

function triangle(
  name: string,
  keeps: (difference: Tensor, k: number) => Tensor,
): (x: Tensor, k?: number) => Tensor {
  return defineOp(name, (x: Tensor, k = 0) => {
    checkMatrix(name, x);
    const [rows, columns] = x.shape.slice(-2);
    const options = { dtype: "i32" as const, backend: x.backend };
    const i = reshape(arange(rows, undefined, options), [rows, 1]);
    return where(keeps(sub(arange(columns, undefined, options), i), k), x, 0);
  });
}

function checkMatrix(op: string, x: Tensor): void {
  if (x.rank < 2) {
    throw new ShapeError(`Cannot ${op} ${showShape(x.shape)}: a matrix is needed`, { op, shapes: [x.shape] });
  }
}

/** The lower triangle of matrices, 0 above the k-th diagonal (0, the main one, unless said). */
export const tril: (x: Tensor, k?: number) => Tensor = triangle("tril", lessEqual);

/** The upper triangle of matrices, 0 below the k-th diagonal (0, the main one, unless said). */
export const triu: (x: Tensor, k?: number) => Tensor = triangle("triu", greaterEqual);

/** The k-th diagonal (0) of the last two axes as a last axis; k > 0 lies above the main one. */
export const diagonal: (x: Tensor, k?: number) => Tensor = defineOp("diagonal", (x, k = 0) => {
  checkMatrix("diagonal", x);
  const [rows, columns] = x.shape.slice(-2);
  const lead = x.shape.slice(0, -2);
  const [row, column] = [Math.max(0, -k), Math.max(0, k)];
  const count = Math.max(0, Math.min(rows - row, columns - column));
  if (count === 0) return reshape(narrow(narrow(x, -1, 0, 0), -2, 0, 0), [...lead, 0]);
  const flat = reshape(x, [...lead, rows * columns]);
  const start = row * columns + column;
  return slice(flat, [...lead.map(() => null), [
    start,
    start + (count - 1) * (columns + 1) + 1,
    columns + 1,
  ]]);
});

/** A vector as the k-th diagonal of a matrix, or the k-th diagonal of a matrix as a vector. */
export const diag: (x: Tensor, k?: number) => Tensor = defineOp("diag", (x, k = 0) => {
  if (x.rank === 2) return diagonal(x, k);
  if (x.rank !== 1) {
    throw new ShapeError(`Cannot diag ${showShape(x.shape)}: a vector or a matrix is needed`, {
      op: "diag",
      shapes: [x.shape],
    });
  }
  // Rows of n + 1 elements read as rows of n put each first element one further right.
  const n = x.size, wide = reshape(pad(reshape(x, [n, 1]), [[0, 0], [0, n]]), [-1]);
  const square = reshape(narrow(wide, 0, 0, n * n), [n, n]);
  return pad(square, k >= 0 ? [[0, k], [k, 0]] : [[-k, 0], [0, -k]]);
});

/** Coordinate grids of vectors: for each of n vectors its values repeated over the n-dimensional grid. */
export function meshgrid(
  vectors: readonly Tensor[],
  options: { readonly indexing?: "ij" | "xy" } = {},
): Tensor[] {
  const bad = vectors.find((v) => v.rank > 1);
  if (bad) {
    throw new ShapeError(`Cannot make a grid of ${showShape(bad.shape)}: vectors are needed`, {
      op: "meshgrid",
      shapes: [bad.shape],
    });
  }
  const swap = options.indexing === "xy" && vectors.length > 1;
  const place = (i: number) => swap && i < 2 ? 1 - i : i;
  const shape = vectors.map((_, i) => vectors[place(i)].size);
  return vectors.map((v, i) => expand(reshape(v, shape.map((_, k) => k === place(i) ? v.size : 1)), shape));
}
