/** Slices and elements written, added and taken at indices. */
import { dtypes } from "../base/dtype.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger, checkOptions } from "../base/settings.ts";
import { broadcastShapes, normalizeAxis, sizeOf } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import { defineOp } from "../define/composite.ts";
import { operandLike } from "../define/numbers.ts";
import type { TensorLike } from "../define/operands.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor, tensorsOf } from "../tensor/tree.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { less } from "./comparison.ts";
import { to } from "./convert.ts";
import { cumsum } from "./cumulative.ts";
import { checkIndexDtype } from "./index_checks.ts";
import { gather, scatter, scatterAdd } from "./indexing.ts";
import { maximum } from "./magnitude.ts";
import { along } from "./meeting.ts";
import { setItem } from "./set_item.ts";
import { expand, reshape, unsqueeze } from "./shape.ts";

type Place = typeof scatter;

/**
 * What {@link indexAdd} may be told.
 *
 * @category Indexing
 */
export interface IndexAddOptions {
  /** What is added is multiplied by it; 1 unless said. */
  readonly alpha?: number;
}

function atIndex(
  op: string,
  place: Place,
  x: Tensor,
  axis: number,
  index: Tensor,
  source: TensorLike,
): Tensor {
  checkTensor(op, x);
  const at = normalizeAxis(op, axis, x.rank);
  if (x.rank === 0) return reshape(atIndex(op, place, reshape(x, [1]), 0, index, source), []);
  return place(x, at, along(op, index, at, x.shape), source);
}

/**
 * A copy of x with the slices of `source` added to those that a vector of indices names along an axis, repeated ones
 * too: `torch.index_add`.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { indexAdd, indexCopy, indexFill, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const at = tensor([2, 0, 2], { dtype: "i32" }), rows = tensor([[1, 1], [2, 2], [3, 3]]);
 * assertEquals(await indexAdd(zeros([3, 2]), 0, at, rows).array(), [[2, 2], [0, 0], [4, 4]]);
 * assertEquals(await indexCopy(zeros([3, 2]), 0, at.slice([0, 2]), rows.slice([0, 2])).array(), [[2, 2], [0, 0], [1, 1]]);
 * assertEquals(await indexFill(zeros([2, 3]), 1, at, 7).array(), [[7, 0, 7], [7, 0, 7]]);
 * ```
 */
export function indexAdd(
  x: Tensor,
  axis: number,
  index: Tensor,
  source: TensorLike,
  options: IndexAddOptions = {},
): Tensor {
  checkOptions("indexAdd", options, { alpha: 1 });
  const { alpha = 1 } = options;
  return atIndex("indexAdd", scatterAdd, x, axis, index, alpha === 1 ? source : mul(source, alpha));
}

/**
 * A copy of x with the slices of `source` in place of those that a vector of indices names along an axis; of repeated
 * ones the last stays: `torch.index_copy`.
 *
 * @category Indexing
 */
export function indexCopy(x: Tensor, axis: number, index: Tensor, source: Tensor): Tensor {
  return atIndex("indexCopy", scatter, x, axis, index, source);
}

/**
 * A copy of x with one value at the slices that a vector of indices names along an axis: `torch.index_fill`.
 *
 * @category Indexing
 */
export function indexFill(x: Tensor, axis: number, index: Tensor, value: TensorLike): Tensor {
  return atIndex("indexFill", scatter, x, axis, index, value);
}

// Counted from the front.
function wrapped(op: string, index: Tensor, extent: number): Tensor {
  checkIndexDtype(op, index);
  return where(less(index, 0), add(index, extent), index);
}

/**
 * The elements of the flattened x at indices, in their shape; negative ones count from the end: `torch.take`.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { put, take, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]), at = tensor([[0, -1]], { dtype: "i32" });
 * assertEquals(await take(x, at).array(), [[1, 6]]);
 * assertEquals(await put(x, at, tensor([[10, 60]])).array(), [[10, 2, 3], [4, 5, 60]]);
 * ```
 */
export const take: (x: Tensor, index: Tensor) => Tensor = defineOp("take", (x, index) => {
  const at = wrapped("take", index, x.size);
  return reshape(gather(reshape(x, [-1]), 0, reshape(at, [-1])), index.shape);
}, { dtypes });

/**
 * What {@link put} and {@link indexPut} may be told.
 *
 * @category Indexing
 */
export interface PutOptions {
  /** Add to what is there, repeated indices too; otherwise of these the last stays. */
  readonly accumulate?: boolean;
}

function placeOf(op: string, options: PutOptions): Place {
  checkOptions(op, options, { accumulate: false });
  return options.accumulate ? scatterAdd : scatter;
}

/**
 * A copy of x with `source`, of as many elements as there are indices, written at these in the flattened x; negative
 * ones count from the end: `torch.put`.
 *
 * @category Indexing
 */
export function put(x: Tensor, index: Tensor, source: Tensor, options: PutOptions = {}): Tensor {
  checkTensor("put", x);
  checkTensor("put", source);
  const at = wrapped("put", index, x.size), place = placeOf("put", options);
  return reshape(place(reshape(x, [-1]), 0, reshape(at, [-1]), reshape(source, [-1])), x.shape);
}

/**
 * A copy of x with `values` written where vectors of indices name together the first axes, one vector an axis; they
 * broadcast against each other, negative ones count from the end: `torch.index_put`. A mask stands for as many axes as it
 * has, as in {@link setItem}: one alone needs no waiting where elements cannot be read at once.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { indexPut, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = tensor([0, -1], { dtype: "i32" }), columns = tensor([2, 0], { dtype: "i32" });
 * assertEquals(await indexPut(zeros([2, 3]), [rows, columns], tensor([5, 6])).array(), [[0, 0, 5], [6, 0, 0]]);
 * const mask = tensor([true, false, true]);
 * assertEquals(await indexPut(zeros([3]), [mask], tensor([5, 6]), { accumulate: true }).array(), [5, 0, 6]);
 * ```
 */
export function indexPut(
  x: Tensor,
  indices: readonly Tensor[],
  values: TensorLike,
  options: PutOptions = {},
): Tensor {
  checkTensor("indexPut", x);
  const list = tensorsOf("indexPut", indices), count = list.length, place = placeOf("indexPut", options);
  if (list.some(({ dtype }) => dtype === "bool")) return setItem(x, list, values, options);
  if (count === 0 || count > x.rank) {
    throw new ShapeError(`Cannot indexPut ${showShape(x.shape)} at ${count} axes: it has ${x.rank}`);
  }
  const lead = x.shape.slice(0, count), rest = x.shape.slice(count);
  const shape = broadcastShapes("indexPut", list.map((index) => index.shape));
  const flat = list.map((index, i) => wrapped("indexPut", index, lead[i]))
    .reduce((total, index, i) => add(mul(total, lead[i]), index));
  const rows = reshape(expand(flat, shape), [-1]);
  const given = expand(operandLike("indexPut with", values, x), [...shape, ...rest]);
  const merged = reshape(x, [sizeOf(lead), ...rest]);
  const placed = place(
    merged,
    0,
    along("indexPut", rows, 0, merged.shape),
    reshape(given, [rows.size, ...rest]),
  );
  return reshape(placed, x.shape);
}

/**
 * A copy of x with the elements of `source`, one after another, where the mask is non-zero: `torch.masked_scatter`. The
 * mask and x broadcast.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { maskedScatter, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const mask = tensor([[true, false], [false, true]]);
 * assertEquals(await maskedScatter(zeros([2, 2]), mask, tensor([5, 6, 7])).array(), [[5, 0], [0, 6]]);
 * ```
 */
export const maskedScatter: (x: Tensor, mask: Tensor, source: Tensor) => Tensor = defineOp(
  "maskedScatter",
  (given, by, source) => {
    checkTensor("maskedScatter by", by);
    checkTensor("maskedScatter with", source);
    const shape = broadcastShapes("maskedScatter", [given.shape, by.shape]);
    const [x, mask] = [expand(given, shape), expand(to(by, "bool"), shape)];
    if (x.size === 0 || source.size === 0) return x;
    const place = maximum(sub(cumsum(to(reshape(mask, [-1]), "i32"), 0), 1), 0);
    return where(mask, reshape(gather(reshape(source, [-1]), 0, place), shape), x);
  },
  { dtypes },
);

/**
 * A copy of x with `source` at an index of an axis: `torch.select_scatter`.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { selectScatter, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await selectScatter(zeros([2, 2]), tensor([5, 6]), 1, -1).array(), [[0, 5], [0, 6]]);
 * ```
 */
export function selectScatter(x: Tensor, source: Tensor, axis: number, index: number): Tensor {
  checkTensor("selectScatter", x);
  checkTensor("selectScatter", source);
  const at = normalizeAxis("selectScatter", axis, x.rank), extent = x.shape[at] ?? 0;
  checkInteger("selectScatter", "index", index, -extent, extent - 1);
  const place = filled(index < 0 ? index + extent : index, [1], { dtype: "i32", backend: x.backend });
  return scatter(x, at, along("selectScatter", place, at, x.shape), unsqueeze(source, at));
}

registerFunctions({
  indexAdd: 3,
  indexCopy: 3,
  indexFill: 2,
  put: 3,
  indexPut: 2,
  selectScatter: 2,
});
