/** Elements by their rank along an axis, and where they stand: through each a gradient flows to that one alone. */
import { dtypes, isFloating } from "../base/dtype.ts";
import { checkInteger, checkOptions } from "../base/settings.ts";
import { normalizeAxis } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import type { Composite } from "../call/op.ts";
import { defineOp } from "../define/composite.ts";
import type { AxisAttributes } from "../primitives/attributes.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { floorDivide, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { equal, isNaN } from "./comparison.ts";
import { argsort, sort } from "./cumulative.ts";
import { gather } from "./indexing.ts";
import { logicalNot } from "./logic.ts";
import { maximum } from "./magnitude.ts";
import { definePicked, pickOne, type ValuesAndIndices } from "./picked.ts";
import { reducing } from "./reducing.ts";
import { argmax, argmin, max, type PositionOp, type ReduceOptions, sum } from "./reductions.ts";
import { reshape } from "./shape.ts";
import { narrow } from "./windows.ts";

const one = { extent: (): number => 1 };

/**
 * An element along an axis and where it stands.
 *
 * @category Reductions
 */
export type AlongOp = (x: Tensor, axis: number, options?: ReduceOptions) => ValuesAndIndices;

function along<A>(name: string, op: Composite<AxisAttributes & A>, more: A): AlongOp {
  return (x, axis, options = {}) => {
    checkTensor(name, x);
    checkOptions(name, options, reducing);
    const at = normalizeAxis(name, axis, x.rank);
    return pickOne(op, x, { axis: at, ...more }, options.keepDims ?? false);
  };
}

function extremum(name: string, position: PositionOp): AlongOp {
  const op = definePicked<AxisAttributes>(name, (x, { axis }) => position(x, axis, { keepDims: true }), one);
  return along(name, op, {});
}

/**
 * The largest element along an axis and its position as i32, the first of equals, which has all of the gradient; where
 * {@link max} shares it. NaN is the largest. It is `torch.max` with a `dim`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { maxWithIndices, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([[1, 5, 5], [7, 2, 3]]);
 * const { values, indices } = maxWithIndices(x, 1);
 * values.sum().backward();
 * assertEquals([await values.array(), await indices.array()], [[5, 7], [1, 0]]);
 * assertEquals(await x.grad!.array(), [[0, 1, 0], [1, 0, 0]]);
 * ```
 */
export const maxWithIndices: AlongOp = extremum("maxWithIndices", argmax);

/**
 * The smallest element along an axis and its position as i32, as {@link maxWithIndices}: `torch.min` with a `dim`.
 *
 * @category Reductions
 */
export const minWithIndices: AlongOp = extremum("minWithIndices", argmin);

interface Rank extends AxisAttributes {
  readonly k: number;
}

const ranked = definePicked<Rank>(
  "kthvalue",
  (x, { axis, k }) => narrow(argsort(x, axis), axis, k - 1, 1),
  one,
);

/**
 * Along which axis {@link kthvalue} looks, and whether it stays.
 *
 * @category Reductions
 */
export interface KthvalueOptions extends ReduceOptions {
  /** The last unless said. */
  readonly axis?: number;
}

/**
 * The k-th smallest element along an axis, the last unless said, k counting from 1, and its position as i32; NaN is the
 * largest. A k beyond the extent is a `RangeError`. It is `torch.kthvalue`.
 *
 * @category Reductions
 */
export function kthvalue(x: Tensor, k: number, options: KthvalueOptions = {}): ValuesAndIndices {
  checkTensor("kthvalue", x);
  checkOptions("kthvalue", options, { axis: 0, ...reducing });
  const axis = normalizeAxis("kthvalue", options.axis ?? -1, x.rank);
  checkInteger("take the kthvalue", "k", k, 1, x.shape[axis] ?? 1);
  return pickOne(ranked, x, { axis, k }, options.keepDims ?? false);
}

interface Middle extends AxisAttributes {
  readonly ignoreNaN: boolean;
}

// The lower of the middle elements that are no NaN, or, unless these are ignored, NaN if there is one.
function middleOf(x: Tensor, { axis, ignoreNaN }: Middle): Tensor {
  const extent = x.shape[axis], count = sum(logicalNot(isNaN(x)), axis, { keepDims: true });
  const middle = maximum(floorDivide(sub(count, 1), 2), 0);
  const place = ignoreNaN ? middle : where(equal(count, extent), middle, Math.max(0, extent - 1));
  return gather(argsort(x, axis), axis, place);
}

const middle = definePicked<Middle>("medianWithIndices", middleOf, one);

/**
 * The median along an axis, the lower one of two, and its position as i32; NaN where there is one. It is `torch.median`
 * with a `dim`.
 *
 * @category Reductions
 */
export const medianWithIndices: AlongOp = along("medianWithIndices", middle, { ignoreNaN: false });

/**
 * {@link medianWithIndices} of what is no NaN; NaN where nothing else is: `torch.nanmedian` with a `dim`.
 *
 * @category Reductions
 */
export const nanmedianWithIndices: AlongOp = along("nanmedianWithIndices", middle, { ignoreNaN: true });

/**
 * A median along an axis, or of all elements.
 *
 * @category Reductions
 */
export type MedianOp = (x: Tensor, axis?: number, options?: ReduceOptions) => Tensor;

function defineMedian(name: string, of: AlongOp): MedianOp {
  return defineOp(name, (x, axis, options = {}) => {
    if (axis !== undefined) return of(x, axis, options).values;
    const shape = options.keepDims ? x.shape.map(() => 1) : [];
    if (x.size === 0 && isFloating(x.dtype)) return filled(NaN, shape, x);
    const found = of(reshape(x, [-1]), 0).values;
    return reshape(isFloating(x.dtype) ? shared(x, found.detach()) : found, shape);
  }, { known: reducing, dtypes });
}

// Equals share the gradient.
function shared(x: Tensor, found: Tensor): Tensor {
  return max(where(where(isNaN(found), isNaN(x), equal(x, found)), x, -Infinity));
}

/**
 * The median along an axis, or of all elements, the lower one of two; NaN where there is one. Of all, equals share
 * the gradient. It is `torch.median`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { median, nanmedian, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[4, 1, 3, 2], [9, NaN, 7, 8]]);
 * assertEquals(await median(x, 1).array(), [2, NaN]);
 * assertEquals(await nanmedian(x, 1).array(), [2, 8]);
 * assertEquals(await nanmedian(x).item(), 4);
 * ```
 */
export const median: MedianOp = defineMedian("median", medianWithIndices);

/**
 * {@link median} of what is no NaN; NaN where nothing else is: `torch.nanmedian`.
 *
 * @category Reductions
 */
export const nanmedian: MedianOp = defineMedian("nanmedian", nanmedianWithIndices);

/**
 * In order along the first axis: `torch.msort`.
 *
 * @category Sorting and scans
 */
export const msort: (x: Tensor) => Tensor = defineOp("msort", (x) => sort(x, 0).values, { dtypes });

registerFunctions({ nanmedianWithIndices: 1 });
