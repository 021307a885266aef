/** What is distinct, in which order, and how often. */
import { dtypes } from "../base/dtype.ts";
import { normalizeAxis, type Shape, sizeOf } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { sub } from "./arithmetic.ts";
import { moveAxis } from "./axis_order.ts";
import { where } from "./choice.ts";
import { less, notEqual } from "./comparison.ts";
import { to } from "./convert.ts";
import { atOnce, type Counted, counting, settled, type SizeOptions, truePlaces } from "./counted.ts";
import { argsort, cumsum } from "./cumulative.ts";
import { indexSelect, scatter, scatterAdd } from "./indexing.ts";
import { concat } from "./joining.ts";
import { maximum, minimum } from "./magnitude.ts";
import { any } from "./reductions.ts";
import { reshape } from "./shape.ts";
import { narrow } from "./windows.ts";

/**
 * What is distinct.
 *
 * @category Indexing
 */
export interface Unique {
  /** Each once. */
  readonly values: Tensor;
  /** Which of them each element, or slice, of x is, as i32. */
  readonly inverse: Tensor;
  /** How often each is there, as i32. */
  readonly counts: Tensor;
}

/**
 * What {@link unique} may be told.
 *
 * @category Indexing
 */
export interface UniqueOptions {
  /** Slices along it are compared, not elements. */
  readonly axis?: number;
}

/**
 * What {@link unique} is told where it is not to wait.
 *
 * @category Indexing
 */
export interface SizedUniqueOptions extends UniqueOptions, SizeOptions {}

// From the last column to the first, each sort keeping the order of equals.
function sortedRows(rows: Tensor): Tensor {
  let order = counting(rows.shape[0], rows);
  for (let k = rows.shape[1] - 1; k >= 0; k--) {
    const column = indexSelect(reshape(narrow(rows, 1, k, 1), [-1]), 0, order);
    order = indexSelect(order, 0, argsort(column, 0));
  }
  return order;
}

function distinct(op: string, x: Tensor, axis: number | undefined, inOrder: boolean): Counted<Unique> {
  checkTensor(op, x);
  const at = axis === undefined ? 0 : normalizeAxis(op, axis, x.rank);
  const slices = axis === undefined ? reshape(x, [-1]) : moveAxis(x, at, 0), n = slices.shape[0];
  const rest = slices.shape.slice(1), rows = reshape(slices, [n, sizeOf(rest)]);
  const order = inOrder ? counting(n, x) : sortedRows(rows.detach()), sorted = indexSelect(rows, 0, order);
  const isFirst = firstsOf(sorted.detach(), n), { count, finish } = truePlaces(isFirst);
  const ids = sub(cumsum(to(isFirst, "i32"), 0), 1);
  return {
    count,
    finish(size, fill): Unique {
      const firsts = finish(size, -1), none = filled(0, [size + 1], ids);
      const inverse = n === 0 ? ids : scatter(ids, 0, order, ids);
      const counts = narrow(scatterAdd(none, 0, minimum(ids, size), 1), 0, 0, size);
      const values = rowsAt(sorted, firsts, fill, [size, ...rest]);
      return {
        values: axis === undefined ? values : moveAxis(values, 0, at),
        inverse: axis === undefined ? reshape(inverse, x.shape) : inverse,
        counts,
      };
    },
  };
}

function firstsOf(sorted: Tensor, n: number): Tensor {
  const first = filled(1, [Math.min(n, 1)], { dtype: "bool", backend: sorted.backend });
  if (n < 2) return first;
  return concat([first, any(notEqual(narrow(sorted, 0, 1, n - 1), narrow(sorted, 0, 0, n - 1)), 1)]);
}

function rowsAt(rows: Tensor, places: Tensor, fill: number, shape: Shape): Tensor {
  if (rows.size === 0) return filled(fill, shape, rows);
  const none = reshape(less(places, 0), [places.size, 1]);
  return reshape(where(none, fill, indexSelect(rows, 0, maximum(places, 0))), shape);
}

/**
 * The distinct elements of x in order, or slices along an axis, where each is in x, and how often; awaited, since only
 * the device knows how many there are. Of a `size` that is given they are there at once, filled up with 0. It is
 * `torch.unique`; each NaN is one by itself.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { tensor, unique, uniqueConsecutiveSync } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([3, 1, 3, 3], { backend: "cpu" }), { values, inverse, counts } = await unique(x);
 * assertEquals([await values.array(), await inverse.array()], [[1, 3], [1, 0, 1, 1]]);
 * assertEquals(await counts.array(), [1, 3]);
 * assertEquals(await unique(x, { size: 3 }).counts.array(), [1, 3, 0]);
 * assertEquals(uniqueConsecutiveSync(x).values.arraySync(), [3, 1, 3]);
 * ```
 */
export function unique(x: Tensor, options: SizedUniqueOptions): Unique;
/**
 * The same, awaited.
 *
 * @category Indexing
 */
export function unique(x: Tensor, options?: UniqueOptions): Promise<Unique>;
export function unique(x: Tensor, options: Partial<SizedUniqueOptions> = {}): Unique | Promise<Unique> {
  return uniqueOf("unique", x, options, false);
}

function uniqueOf(
  op: string,
  x: Tensor,
  { axis, ...sizes }: Partial<SizedUniqueOptions>,
  inOrder: boolean,
): Unique | Promise<Unique> {
  const given = Object.keys(sizes).length > 0 ? sizes as SizeOptions : undefined;
  return settled(op, distinct(op, x, axis, inOrder), given, 0);
}

/**
 * {@link unique} at once, on backends that are read at once; on others a {@link BackendError}.
 *
 * @category Indexing
 */
export function uniqueSync(x: Tensor, options: UniqueOptions = {}): Unique {
  return atOnce(distinct("uniqueSync", x, options.axis, false), 0);
}

/**
 * {@link unique} of what stands beside each other alone, in the order of x: `torch.unique_consecutive`.
 *
 * @category Indexing
 */
export function uniqueConsecutive(x: Tensor, options: SizedUniqueOptions): Unique;
/**
 * The same, awaited.
 *
 * @category Indexing
 */
export function uniqueConsecutive(x: Tensor, options?: UniqueOptions): Promise<Unique>;
export function uniqueConsecutive(
  x: Tensor,
  options: Partial<SizedUniqueOptions> = {},
): Unique | Promise<Unique> {
  return uniqueOf("uniqueConsecutive", x, options, true);
}

/**
 * {@link uniqueConsecutive} at once, on backends that are read at once; on others a {@link BackendError}.
 *
 * @category Indexing
 */
export function uniqueConsecutiveSync(x: Tensor, options: UniqueOptions = {}): Unique {
  return atOnce(distinct("uniqueConsecutiveSync", x, options.axis, true), 0);
}

registerFunctions({
  unique: 1,
  uniqueSync: 1,
  uniqueConsecutive: 1,
  uniqueConsecutiveSync: 1,
}, { dtypes, differentiable: false });
