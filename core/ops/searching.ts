/** Places in what is sorted. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkOptions } from "../base/settings.ts";
import { sameShape } from "../base/shape.ts";
import { dtypes } from "../base/dtype.ts";
import { registerFunctions } from "../call/catalog.ts";
import { operandLike } from "../define/numbers.ts";
import { commonDtype, type TensorLike } from "../define/operands.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { equal, greater, greaterEqual, isNaN, less, lessEqual } from "./comparison.ts";
import { to } from "./convert.ts";
import { sort } from "./cumulative.ts";
import { gather, slice } from "./indexing.ts";
import { logicalAnd, logicalNot, logicalOr } from "./logic.ts";
import { minimum } from "./magnitude.ts";
import { expand, reshape } from "./shape.ts";

/**
 * What {@link searchsorted} may be told.
 *
 * @category Sorting and scans
 */
export interface SearchOptions {
  /** Behind equals, not before them. */
  readonly right?: boolean;
  /** Indices that sort what is searched, along its last axis. */
  readonly sorter?: Tensor;
}

/**
 * Where values would go into what is sorted along its last axis, so that it stays sorted, as i32: before equals, or
 * behind them; NaN at the end. Sorted is a vector, or has the values' shape but for the last axis. It is
 * `torch.searchsorted`, in log₂ n steps.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { bucketize, searchsorted, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const sorted = tensor([1, 3, 3, 7]), x = tensor([[0, 3], [7, 9]]);
 * assertEquals(await searchsorted(sorted, x).array(), [[0, 1], [3, 4]]);
 * assertEquals(await bucketize(x, sorted, { right: true }).array(), [[0, 3], [4, 4]]);
 * ```
 */
export function searchsorted(sorted: Tensor, values: TensorLike, options: SearchOptions = {}): Tensor {
  checkTensor("searchsorted", sorted);
  checkOptions("searchsorted", options, { right: false, sorter: null });
  const x = operandLike("searchsorted for", values, sorted), { right = false, sorter } = options;
  const rows = sorter ? gather(sorted, -1, sorter) : sorted;
  if (rows.rank === 1) return reshape(searched(rows, reshape(x, [-1]), right), x.shape);
  if (x.rank === rows.rank && rows.rank > 0 && sameShape(x.shape.slice(0, -1), rows.shape.slice(0, -1))) {
    return searched(rows, x, right);
  }
  throw new ShapeError(
    `Cannot searchsorted ${showShape(sorted.shape)} for ${
      showShape(x.shape)
    }: a vector, or one for each of the ` +
      "values' rows, is needed",
    { op: "searchsorted", shapes: [sorted.shape, x.shape] },
  );
}

// Steps of powers of two, the largest first, while what is stepped over goes before.
function searched(sorted: Tensor, x: Tensor, right: boolean): Tensor {
  const n = sorted.shape[sorted.rank - 1], dtype = commonDtype([sorted, x]);
  const [rows, values] = [to(sorted, dtype).detach(), to(x, dtype).detach()];
  let at = filled(0, x.shape, { dtype: "i32", backend: x.backend });
  for (let step = n > 0 ? 2 ** Math.floor(Math.log2(n)) : 0; step >= 1; step /= 2) {
    const next = add(at, step), there = gather(rows, -1, minimum(sub(next, 1), n - 1));
    // NaN is the largest on both sides.
    const isOver = right
      ? logicalOr(lessEqual(there, values), isNaN(values))
      : logicalNot(logicalOr(greaterEqual(there, values), isNaN(there)));
    at = where(logicalAnd(lessEqual(next, n), isOver), next, at);
  }
  return at;
}

/**
 * In which bucket each element is, of those that a sorted vector of boundaries parts: {@link searchsorted} with its
 * arguments in another order. It is `torch.bucketize`.
 *
 * @category Sorting and scans
 */
export function bucketize(x: Tensor, boundaries: Tensor, options: Pick<SearchOptions, "right"> = {}): Tensor {
  checkTensor("bucketize", x);
  checkOptions("bucketize", options, { right: false });
  return searchsorted(boundaries, x, options);
}

/**
 * What {@link isIn} may be told.
 *
 * @category Sorting and scans
 */
export interface IsInOptions {
  /** Whether what is not among them is true instead. */
  readonly invert?: boolean;
}

/**
 * Whether each element of x is among others: `torch.isin`. NaN is among none.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { isIn, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]), some = tensor([4, 1]);
 * assertEquals(await isIn(x, some).array(), [[true, false], [false, true]]);
 * ```
 */
export function isIn(x: Tensor, others: Tensor, options: IsInOptions = {}): Tensor {
  checkTensor("isIn", x);
  checkTensor("isIn", others);
  checkOptions("isIn", options, { invert: false });
  const n = others.size, dtype = commonDtype([x, others]);
  const values = to(x, dtype), none = filled(0, x.shape, { dtype: "bool", backend: x.backend });
  if (n === 0) return options.invert ? logicalNot(none) : none;
  const { values: sorted } = sort(reshape(to(others, dtype), [-1]), 0);
  const at = minimum(searchsorted(sorted, values), n - 1);
  const found = equal(reshape(gather(sorted, 0, reshape(at, [-1])), x.shape), values);
  return options.invert ? logicalNot(found) : found;
}

/**
 * What {@link interp} may be told.
 *
 * @category Sorting and scans
 */
export interface InterpOptions {
  /** The value before the first place: that of the first unless said. */
  readonly left?: number;
  /** The value behind the last place: that of the last unless said. */
  readonly right?: number;
}

/**
 * What runs straight from point to point, at x: points lie at `places`, ascending, and have `values`; as `numpy.interp`.
 * Gradients flow to all three.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { interp, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const y = interp(tensor([-1, 0.5, 2, 9]), tensor([0, 1, 3]), tensor([2, 4, 8]), { right: 0 });
 * assertEquals(await y.array(), [2, 3, 6, 0]);
 * ```
 */
export function interp(x: Tensor, places: Tensor, values: Tensor, options: InterpOptions = {}): Tensor {
  checkTensor("interp", x);
  checkOptions("interp", options, { left: 0, right: 0 });
  const n = checkPoints(places, values),
    flat = reshape(x, [-1]),
    one = { dtype: "i32", backend: x.backend } as const;
  const at = (t: Tensor, index: Tensor) => gather(t, 0, index);
  const behind = n === 1
    ? filled(0, flat.shape, one)
    : clampedTo(searchsorted(places, flat, { right: true }), n - 1);
  const before = n === 1 ? behind : sub(behind, 1);
  const [x0, x1, y0, y1] = [at(places, before), at(places, behind), at(values, before), at(values, behind)];
  const slope = div(sub(y1, y0), n === 1 ? 1 : sub(x1, x0)), line = add(y0, mul(sub(flat, x0), slope));
  const edge = (i: number) => expand(reshape(slice(values, i), [1]), flat.shape);
  const low = where(less(flat, slice(places, 0)), options.left ?? edge(0), line);
  return reshape(where(greater(flat, slice(places, n - 1)), options.right ?? edge(n - 1), low), x.shape);
}

function clampedTo(index: Tensor, most: number): Tensor {
  return where(equal(index, 0), 1, minimum(index, most));
}

function checkPoints(places: Tensor, values: Tensor): number {
  checkTensor("interp", places);
  checkTensor("interp", values);
  if (places.rank === 1 && places.size > 0 && sameShape(places.shape, values.shape)) return places.size;
  throw new ShapeError(
    `Cannot interp between points at ${showShape(places.shape)} with values of ${
      showShape(values.shape)
    }: two ` +
      "vectors of one length, at least 1, are needed",
    { op: "interp", shapes: [places.shape, values.shape] },
  );
}

registerFunctions({ searchsorted: 2, bucketize: 2, isIn: 2 }, { dtypes, differentiable: false });
registerFunctions({ interp: 3 });
