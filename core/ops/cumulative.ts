/** Running sums, products and extrema along an axis, and sorting. */
import { apply } from "../dispatch.ts";
import { ShapeError, showShape } from "../errors.ts";
import { scan, sortOrder } from "../primitives/ordered.ts";
import { defineOp } from "../registry.ts";
import { normalizeAxis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { gather } from "./indexing.ts";
import { narrow, reshape } from "./shape.ts";

/** Elements and where each of them stood. */
export interface ValuesAndIndices {
  /** The elements. */
  readonly values: Tensor;
  /** Their positions along the axis, as i32. */
  readonly indices: Tensor;
}

/** A running total along an axis. */
export type CumulativeOp = (x: Tensor, axis: number) => Tensor;

function along(name: string, x: Tensor, axis: number, run: (rows: Tensor, axis: number) => Tensor): Tensor {
  const at = normalizeAxis(name, axis, x.rank);
  return x.rank === 0 ? run(x.reshape([1]), 0).reshape([]) : run(x, at);
}

/** Running sum along an axis. */
export const cumsum: CumulativeOp = defineOp(
  "cumsum",
  (x, axis) =>
    along("cumsum", x, axis, (rows, at) => apply(scan, [rows], { kind: "sum", axis: at, reverse: false })),
);

/** Running product along an axis. Its gradient is right with zeros among the factors. */
export const cumprod: CumulativeOp = defineOp(
  "cumprod",
  (x, axis) =>
    along("cumprod", x, axis, (rows, at) => apply(scan, [rows], { kind: "prod", axis: at, reverse: false })),
);

/** The linear recurrence `y[k] = a[k]·y[k-1] + b[k]` along an axis, from 0. */
export const linearRecurrence: (a: Tensor, b: Tensor, axis: number) => Tensor = defineOp(
  "linearRecurrence",
  (a, b, axis) => {
    const at = normalizeAxis("linearRecurrence", axis, b.rank);
    return apply(scan, [a.expand(b.shape), b], { kind: "linear", axis: at, reverse: false });
  },
  { arity: 2 },
);

function extremumSoFar(kind: "argmax" | "argmin", name: string, x: Tensor, axis: number): ValuesAndIndices {
  const indices = along(name, x, axis, (rows, at) => apply(scan, [rows], { kind, axis: at, reverse: false }));
  return { values: x.rank === 0 ? x : gather(x, normalizeAxis(name, axis, x.rank), indices), indices };
}

/** The largest element so far along an axis and its position, the latest of equals; a NaN is the largest. */
export function cummax(x: Tensor, axis: number): ValuesAndIndices {
  return extremumSoFar("argmax", "cummax", x, axis);
}

/** The smallest element so far along an axis and its position, the latest of equals; a NaN is the smallest. */
export function cummin(x: Tensor, axis: number): ValuesAndIndices {
  return extremumSoFar("argmin", "cummin", x, axis);
}

/** Which order to sort in. */
export interface SortOptions {
  /** Largest first. */
  readonly descending?: boolean;
}

/** Positions that sort along an axis (the last unless said), as i32; stable, NaN counting as the largest. */
export function argsort(x: Tensor, axis = -1, { descending = false }: SortOptions = {}): Tensor {
  return along("argsort", x, axis, (rows, at) => apply(sortOrder, [rows], { axis: at, descending }));
}

/** Elements in order along an axis (the last unless said), and where they stood; stable, NaN counting as the largest. */
export function sort(x: Tensor, axis = -1, options: SortOptions = {}): ValuesAndIndices {
  const indices = argsort(x, axis, options);
  return { values: x.rank === 0 ? x : gather(x, normalizeAxis("sort", axis, x.rank), indices), indices };
}

/** Which elements {@link topk} takes. */
export interface TopkOptions {
  /** Along which axis; the last unless said. */
  readonly axis?: number;
  /** The largest, or with `false` the smallest. */
  readonly largest?: boolean;
}

/** The k largest elements along an axis in order, and where they stood. */
export function topk(
  x: Tensor,
  k: number,
  { axis = -1, largest = true }: TopkOptions = {},
): ValuesAndIndices {
  const at = normalizeAxis("topk", axis, x.rank), extent = x.shape[at] ?? 1;
  if (!(Number.isInteger(k) && k >= 0 && k <= extent)) {
    throw new ShapeError(
      `Cannot take the top ${k} of ${showShape(x.shape)} along axis ${at}: its extent is ${extent}`,
      {
        op: "topk",
        shapes: [x.shape],
      },
    );
  }
  const rows = x.rank === 0 ? reshape(x, [1]) : x;
  const indices = narrow(argsort(rows, at, { descending: largest }), at, 0, k);
  return { values: gather(rows, at, indices), indices };
}
