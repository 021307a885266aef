/** Running sums, products and extrema along an axis, and sorting. */
import { checkOptions } from "../base/settings.ts";
import { described } from "../base/text.ts";
import { defineOp } from "../define/composite.ts";
import { commonDtype } from "../define/operands.ts";
import { apply } from "../call/apply.ts";
import type { Composite } from "../call/op.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import type { AxisAttributes, SortAttributes } from "../primitives/attributes.ts";
import { cumulate, sortOrder } from "../primitives/ordered.ts";
import { normalizeAxis } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { definePicked, pick, type ValuesAndIndices } from "./picked.ts";
import { narrow } from "./windows.ts";

/**
 * A running total along an axis.
 *
 * @category Sorting and scans
 */
export type CumulativeOp = (x: Tensor, axis: number) => Tensor;

function along(name: string, x: Tensor, axis: number, run: (rows: Tensor, axis: number) => Tensor): Tensor {
  const at = normalizeAxis(name, axis, x.rank);
  return x.rank === 0 ? run(x.reshape([1]), 0).reshape([]) : run(x, at);
}

/**
 * Running sum along an axis, of the shape of x; bools are counted in i32.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { cumsum, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await cumsum(tensor([[1, 2, 3], [4, 5, 6]]), 1).array(), [[1, 3, 6], [4, 9, 15]]);
 * const x = variable([1, 1, 1]);
 * cumsum(x, 0).sum().backward();
 * assertEquals(await x.grad!.array(), [3, 2, 1]);
 * ```
 */
export const cumsum: CumulativeOp = defineOp(
  "cumsum",
  (x, axis) =>
    along(
      "cumsum",
      x,
      axis,
      (rows, at) => apply(cumulate, [rows], { kind: "sum", axis: at, reverse: false }),
    ),
);

/**
 * Running product along an axis, of the shape of x. Its gradient is right with zeros among the factors.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { cumprod, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, 2, 3]);
 * const y = cumprod(x, 0);
 * y.sum().backward();
 * assertEquals(await y.array(), [0, 0, 0]);
 * assertEquals(await x.grad!.array(), [9, 0, 0]);
 * ```
 */
export const cumprod: CumulativeOp = defineOp(
  "cumprod",
  (x, axis) =>
    along(
      "cumprod",
      x,
      axis,
      (rows, at) => apply(cumulate, [rows], { kind: "prod", axis: at, reverse: false }),
    ),
);

/**
 * The linear recurrence `y[k] = a[k]·y[k-1] + b[k]` along an axis, with 0 before the first; a broadcasts to
 * the shape of b. A factor of 0 ends what came before it, also where that has overflowed.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { linearRecurrence, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const deposits = tensor([100, 100, 100]);
 * const balance = linearRecurrence(tensor([1.5]), deposits, 0);
 * assertEquals(await balance.array(), [100, 250, 475]);
 * ```
 */
export const linearRecurrence: (a: Tensor, b: Tensor, axis: number) => Tensor = defineOp(
  "linearRecurrence",
  (a, b, axis) => {
    const at = normalizeAxis("linearRecurrence", axis, b.rank);
    if (b.rank === 0) return linearRecurrence(a.expand([1]), b.reshape([1]), 0).reshape([]);
    const dtype = commonDtype([a, b]);
    const inputs = [a.to(dtype).expand(b.shape), b.to(dtype)];
    return apply(cumulate, inputs, { kind: "linear", axis: at, reverse: false });
  },
  { arity: 2 },
);

function definedExtremum(name: string, kind: "argmax" | "argmin"): Composite<AxisAttributes> {
  return definePicked(name, (x, { axis }) => apply(cumulate, [x], { kind, axis, reverse: false }));
}

const largestSoFar = definedExtremum("cummax", "argmax");
const smallestSoFar = definedExtremum("cummin", "argmin");

/**
 * The largest element so far along an axis and its position as i32, the latest of equals; a NaN is the
 * largest.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { cummax, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { values, indices } = cummax(tensor([1, 3, 2, 3, NaN, 9]), 0);
 * assertEquals(await values.array(), [1, 3, 3, 3, NaN, NaN]);
 * assertEquals(await indices.array(), [0, 1, 1, 3, 4, 4]);
 * ```
 */
export function cummax(x: Tensor, axis: number): ValuesAndIndices {
  checkTensor("cummax", x);
  return pick(largestSoFar, x, { axis: normalizeAxis("cummax", axis, x.rank) });
}

/**
 * The smallest element so far along an axis and its position as i32, the latest of equals; a NaN is the
 * smallest.
 *
 * @category Sorting and scans
 */
export function cummin(x: Tensor, axis: number): ValuesAndIndices {
  checkTensor("cummin", x);
  return pick(smallestSoFar, x, { axis: normalizeAxis("cummin", axis, x.rank) });
}

function isDescending(op: string, x: Tensor, options: SortOptions): boolean {
  checkTensor(op, x);
  checkOptions(op, options, { descending: false });
  return options.descending ?? false;
}

/**
 * Which order to sort in.
 *
 * @category Sorting and scans
 */
export interface SortOptions {
  /** Largest first. */
  readonly descending?: boolean;
}

/**
 * Positions that sort along an axis (the last unless said), as i32; stable, NaN counting as the largest.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { argsort, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([2, NaN, 1, 2]);
 * assertEquals(await argsort(x).array(), [2, 0, 3, 1]);
 * assertEquals(await argsort(x, 0, { descending: true }).array(), [1, 0, 3, 2]);
 * ```
 */
export function argsort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  const descending = isDescending("argsort", x, options);
  return along("argsort", x, axis, (rows, at) => apply(sortOrder, [rows], { axis: at, descending }));
}

const inOrder = definePicked<SortAttributes>("sort", (x, order) => apply(sortOrder, [x], order));

/**
 * Elements in order along an axis (the last unless said), and where they stood, as i32; stable, NaN counting
 * as the largest. Gradients go back to where elements stood.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { sort, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([30, 10, 20]);
 * const { values, indices } = sort(x);
 * values.mul(tensor([1, 2, 3])).sum().backward();
 * assertEquals(await values.array(), [10, 20, 30]);
 * assertEquals(await indices.array(), [1, 2, 0]);
 * assertEquals(await x.grad!.array(), [3, 1, 2]);
 * ```
 */
export function sort(x: Tensor, axis = -1, options: SortOptions = {}): ValuesAndIndices {
  const descending = isDescending("sort", x, options);
  return pick(inOrder, x, { axis: normalizeAxis("sort", axis, x.rank), descending });
}

/**
 * Which elements {@link topk} takes.
 *
 * @category Sorting and scans
 */
export interface TopkOptions {
  /** Along which axis; the last unless said. */
  readonly axis?: number;
  /** The largest, or with `false` the smallest. */
  readonly largest?: boolean;
}

interface TopkAttributes extends AxisAttributes {
  readonly k: number;
  readonly largest: boolean;
}

const firstInOrder = definePicked<TopkAttributes>(
  "topk",
  (x, { axis, k, largest }) => narrow(apply(sortOrder, [x], { axis, descending: largest }), axis, 0, k),
  { extent: (_, { k }) => k },
);

/**
 * The k largest elements along an axis (the last unless said) in order, and where they stood, as i32. A k
 * beyond the extent is a {@link ShapeError}.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { tensor, topk } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { values, indices } = topk(tensor([5, 9, 7, 9]), 3);
 * assertEquals(await values.array(), [9, 9, 7]);
 * assertEquals(await indices.array(), [1, 3, 2]);
 * const lowest = topk(tensor([5, 9, 7]), 1, { largest: false });
 * assertEquals(await lowest.values.array(), [5]);
 * ```
 */
export function topk(
  x: Tensor,
  k: number,
  options: TopkOptions = {},
): ValuesAndIndices {
  checkTensor("topk", x);
  checkOptions("topk", options, { axis: null, largest: true });
  const { axis = -1, largest = true } = options;
  const at = normalizeAxis("topk", axis, x.rank), extent = x.shape[at] ?? 1;
  if (!(Number.isInteger(k) && k >= 0 && k <= extent)) {
    throw new ShapeError(
      `Cannot take the top ${described(k)} of ${
        showShape(x.shape)
      } along axis ${at}: its extent is ${extent}`,
      {
        op: "topk",
        shapes: [x.shape],
      },
    );
  }
  return pick(firstInOrder, x, { axis: at, k, largest });
}
