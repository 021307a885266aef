/** Slices that meet at indices or in segments, reduced. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkOptions, checkSetting } from "../base/settings.ts";
import { normalizeAxis, sameShape } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { div } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { equal, greater, less } from "./comparison.ts";
import { to } from "./convert.ts";
import { cumsum } from "./cumulative.ts";
import { checkIndexDtype } from "./index_checks.ts";
import { scatterAdd } from "./indexing.ts";
import { along } from "./meeting.ts";
import { reducedAt, type ScatterReduceOptions } from "./scatter_reduce.ts";
import { diff } from "./running.ts";
import { expand, reshape } from "./shape.ts";
import { narrow } from "./windows.ts";

/**
 * A copy of x with the slices of `source` that a vector of indices sends to the same slice along an axis reduced there,
 * as {@link scatterReduce} does elements: `torch.index_reduce`.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { indexReduce, ones, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const at = tensor([1, 1], { dtype: "i32" }), rows = tensor([[2, 7], [5, 3]]);
 * assertEquals(await indexReduce(ones([2, 2]), 0, at, rows, { reduce: "amax" }).array(), [[1, 1], [5, 7]]);
 * ```
 */
export function indexReduce(
  x: Tensor,
  axis: number,
  index: Tensor,
  source: Tensor,
  options: ScatterReduceOptions,
): Tensor {
  checkTensor("indexReduce", x);
  const at = normalizeAxis("indexReduce", axis, x.rank);
  if (x.rank === 0) return reshape(indexReduce(reshape(x, [1]), 0, index, source, options), []);
  return reducedAt("indexReduce", x, at, along("indexReduce", index, at, x.shape), source, options);
}

/**
 * What {@link segmentReduce} is told: how long segments are, or where they begin and the last one ends.
 *
 * @category Indexing
 */
export interface SegmentOptions {
  /** What becomes of a segment: its sum, product or mean, or its largest or smallest element. */
  readonly reduce: "sum" | "prod" | "mean" | "max" | "min";
  /** Integers, of the shape of x up to `axis`, where it is the number of segments. */
  readonly lengths?: Tensor;
  /** Instead of lengths: integers of one more along `axis`. */
  readonly offsets?: Tensor;
  /** The last axis of lengths, along which segments follow each other in x: 0 unless said. */
  readonly axis?: number;
  /** What each segment begins with. */
  readonly initial?: number;
}

const known = { reduce: "", lengths: null, offsets: null, axis: 0, initial: null };
const names = { sum: "sum", prod: "prod", mean: "sum", max: "amax", min: "amin" } as const;
const empty = { sum: 0, prod: 1, mean: 0, max: -Infinity, min: Infinity };

/**
 * Reduces what follows each other in x along an axis, so many elements for each segment: `torch.segment_reduce`. An
 * empty segment gives `initial`, or what changes nothing, of means NaN; what is behind the last one is left out.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { segmentReduce, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const lengths = tensor([2, 0, 3], { dtype: "i32" }), x = tensor([1, 5, 2, 4, 3]);
 * assertEquals(await segmentReduce(x, { reduce: "max", lengths }).array(), [5, -Infinity, 4]);
 * assertEquals(await segmentReduce(x, { reduce: "sum", lengths, initial: 1 }).array(), [7, 1, 10]);
 * ```
 */
export function segmentReduce(x: Tensor, options: SegmentOptions): Tensor {
  checkTensor("segmentReduce", x);
  checkOptions("segmentReduce", options, known);
  const { reduce, initial } = options, axis = normalizeAxis("segmentReduce", options.axis ?? 0, x.rank);
  const lengths = lengthsOf(x, axis, options), count = lengths.shape[axis], shape = x.shape.with(axis, count);
  if (initial !== undefined) checkSetting("segmentReduce", "initial value", initial);
  // The last one takes what is in no segment.
  const isExtremum = reduce === "max" || reduce === "min";
  const start = isExtremum ? empty[reduce] : initial ?? empty[reduce];
  const index = expand(spread(segmentsOf(lengths, axis, x.shape[axis]), x.rank), x.shape);
  const rows = reducedAt("segmentReduce", filled(start, shape.with(axis, count + 1), x), axis, index, x, {
    reduce: names[reduce],
  });
  const result = narrow(rows, axis, 0, count);
  if (isExtremum) return initial === undefined ? result : bounded(result, reduce, initial);
  if (reduce !== "mean") return result;
  const divisor = to(spread(lengths, x.rank), x.dtype), average = div(result, divisor);
  return where(equal(divisor, 0), initial ?? NaN, average);
}

function bounded(x: Tensor, reduce: "max" | "min", initial: number): Tensor {
  return where((reduce === "max" ? less : greater)(x, initial), initial, x);
}

// With axes of 1 behind, up to a rank.
function spread(x: Tensor, rank: number): Tensor {
  return reshape(x, [...x.shape, ...new Array<number>(rank - x.rank).fill(1)]);
}

function lengthsOf(x: Tensor, axis: number, { lengths, offsets, reduce }: SegmentOptions): Tensor {
  const given = lengths ?? offsets;
  if (!given || lengths && offsets || !Object.hasOwn(names, reduce)) {
    throw new TypeError(
      "Cannot segmentReduce: lengths or offsets are needed, and a reduce of sum, prod, mean, max or min",
    );
  }
  checkIndexDtype("segmentReduce", given);
  if (given.rank !== axis + 1 || !sameShape(given.shape.slice(0, axis), x.shape.slice(0, axis))) {
    throw new ShapeError(
      `Cannot segmentReduce ${showShape(x.shape)} along axis ${axis} by segments of ${
        showShape(given.shape)
      }: ` +
        `${showShape(x.shape.slice(0, axis))} and the number of segments is needed`,
      { op: "segmentReduce", shapes: [x.shape, given.shape] },
    );
  }
  const counts = to(given, "i32");
  return lengths ? counts : diff(counts, { axis });
}

// In which segment each place is: how many have ended there.
function segmentsOf(lengths: Tensor, axis: number, extent: number): Tensor {
  const ends = cumsum(lengths, axis), marks = filled(0, lengths.shape.with(axis, extent + 1), ends);
  return narrow(cumsum(scatterAdd(marks, axis, ends, 1), axis), axis, 0, extent);
}

registerFunctions({ indexReduce: 3, segmentReduce: 1 });
