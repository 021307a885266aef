/** How many there are of what. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger, checkOptions, checkSetting } from "../base/settings.ts";
import { sameShape, sizeOf } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import { filled } from "../tensor/constants.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { equal, less, notEqual } from "./comparison.ts";
import { to } from "./convert.ts";
import { settled, type SizeOptions } from "./counted.ts";
import { checkIndexDtype } from "./index_checks.ts";
import { scatterAdd, slice } from "./indexing.ts";
import { logicalOr } from "./logic.ts";
import { arange } from "./ranges.ts";
import { type Axes, max, min, sum } from "./reductions.ts";
import { diff } from "./running.ts";
import { searchsorted } from "./searching.ts";
import { expand, reshape } from "./shape.ts";
import { narrow } from "./windows.ts";

/**
 * How many elements over axes, all unless said, are not 0, as i32: `torch.count_nonzero`.
 *
 * @category Reductions
 */
export function countNonzero(x: Tensor, axes?: Axes): Tensor {
  checkTensor("countNonzero", x);
  return sum(to(notEqual(x, 0), "i32"), axes);
}

/**
 * What {@link bincount} may be told.
 *
 * @category Reductions
 */
export interface BincountOptions {
  /** What each element counts; 1, as i32, unless said. */
  readonly weights?: Tensor;
  /** How many counts there are at least. */
  readonly minLength?: number;
}

/**
 * What {@link bincount} is told where it is not to wait.
 *
 * @category Reductions
 */
export interface SizedBincountOptions extends BincountOptions, SizeOptions {}

/**
 * How often each of 0, 1, 2 … is in a vector of integers, or the sum of what its elements weigh, up to the largest, which
 * is awaited; of a `size` that is given at once, where what is beyond or negative is left out. A negative integer is a
 * RangeError otherwise. It is `torch.bincount`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { bincount, countNonzero, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 3, 1], { dtype: "i32" });
 * assertEquals(await (await bincount(x)).array(), [0, 2, 0, 1]);
 * assertEquals(await bincount(x, { size: 2, weights: tensor([0.5, 1, 2]) }).array(), [0, 2.5]);
 * assertEquals(await countNonzero(tensor([0, 5, 0])).item(), 1);
 * ```
 */
export function bincount(x: Tensor, options: SizedBincountOptions): Tensor;
/**
 * The same, awaited.
 *
 * @category Reductions
 */
export function bincount(x: Tensor, options?: BincountOptions): Promise<Tensor>;
export function bincount(x: Tensor, options: Partial<SizedBincountOptions> = {}): Tensor | Promise<Tensor> {
  checkIndexDtype("bincount", x);
  const { weights, minLength = 0, ...sizes } = options;
  checkInteger("bincount", "minLength", minLength, 0, Number.MAX_SAFE_INTEGER);
  if (x.rank !== 1 || weights && !sameShape(weights.shape, x.shape)) {
    throw new ShapeError(
      `Cannot bincount ${showShape(x.shape)}: a vector of integers is needed, and weights of its shape`,
      { op: "bincount", shapes: [x.shape] },
    );
  }
  const ones = weights ?? filled(1, x.shape, { dtype: "i32", backend: x.backend });
  const count = x.size === 0 ? filled(0, [], x) : where(less(min(x), 0), min(x), add(max(x), 1));
  const finish = (size: number): Tensor => tallied(x, ones, size, minLength);
  return settled("bincount", { count, finish }, "size" in sizes ? sizes as SizeOptions : undefined, 0);
}

// What each of 0 … n - 1 is given; what goes elsewhere is left out.
function tallied(at: Tensor, weights: Tensor, size: number, least = 0): Tensor {
  if (size < 0) throw new RangeError(`Cannot bincount negative integers: ${size} is among them`);
  const n = Math.max(size, least);
  const places = where(logicalOr(less(at, 0), less(n - 1, at)), n, at);
  return narrow(scatterAdd(filled(0, [n + 1], weights), 0, places, weights), 0, 0, n);
}

/**
 * What {@link histc} may be told.
 *
 * @category Reductions
 */
export interface HistcOptions {
  /** How many bins of equal width: 100 unless said. */
  readonly bins?: number;
  /** Where the first begins; where `max` is the same, the smallest and largest elements are taken. */
  readonly min?: number;
  /** Where the last ends. */
  readonly max?: number;
}

/**
 * How many elements are in each of some bins of equal width, of which the last has its end too, in x's dtype:
 * `torch.histc`. What is outside, and NaN, is not counted.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { histc, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await histc(tensor([1, 2, 1, 9]), { bins: 4, min: 0, max: 3 }).array(), [0, 2, 1, 0]);
 * assertEquals(await histc(tensor([1, 2, 1, 5]), { bins: 2 }).array(), [3, 1]);
 * ```
 */
export function histc(x: Tensor, options: HistcOptions = {}): Tensor {
  checkTensor("histc", x);
  checkOptions("histc", options, { bins: 1, min: 0, max: 0 });
  const { bins = 100 } = options, values = reshape(x, [-1]).detach();
  checkInteger("histc", "bins", bins, 1, Number.MAX_SAFE_INTEGER);
  const [low, width] = extentOf(values, [options.min ?? 0, options.max ?? 0], 1);
  const part = mul(div(sub(values, low), width), bins), isLast = equal(part, bins);
  const isOut = logicalOr(less(part, 0), logicalOr(less(bins, part), notEqual(part, part)));
  const places = to(where(isOut, bins, where(isLast, bins - 1, part)), "i32");
  return tallied(places, filled(1, values.shape, x), bins);
}

// From where, and how wide; of elements that all are equal, as much to both sides.
function extentOf(
  x: Tensor,
  [low, high]: readonly [number, number],
  beside: number,
): readonly [Tensor | number, Tensor | number] {
  checkSetting("take a histogram", "range", high, low);
  if (low !== high || x.size === 0) return low === high ? [low, 1] : [low, high - low];
  const [least, largest] = [min(x), max(x)], isPoint = equal(least, largest);
  return [where(isPoint, sub(least, beside), least), where(isPoint, 2 * beside, sub(largest, least))];
}

/**
 * What {@link histogram} may be told.
 *
 * @category Reductions
 */
export interface HistogramOptions {
  /** From where to where bins reach, if they are counted: from the smallest to the largest element unless said. */
  readonly range?: readonly [number, number];
  /** What each element counts; 1 unless said. */
  readonly weight?: Tensor;
  /** Whether counts are divided by their sum and by the widths of bins. */
  readonly density?: boolean;
}

/**
 * Counts, and where bins end.
 *
 * @category Reductions
 */
export interface Histogram {
  /** What is in each bin. */
  readonly hist: Tensor;
  /** Where each begins, and the last one ends. */
  readonly edges: Tensor;
}

/**
 * How many elements are in each bin: in so many of equal width, or in those between ascending edges, of which the last
 * has its end too. It is `torch.histogram`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { histogram, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { hist, edges } = histogram(tensor([1, 2, 1]), 4, { range: [0, 3], weight: tensor([1, 2, 4]) });
 * assertEquals(await hist.array(), [0, 5, 2, 0]);
 * assertEquals(await edges.array(), [0, 0.75, 1.5, 2.25, 3]);
 * ```
 */
export function histogram(x: Tensor, bins: number | Tensor, options: HistogramOptions = {}): Histogram {
  checkTensor("histogram", x);
  checkOptions("histogram", options, { range: null, weight: null, density: false });
  const range = options.range && [options.range];
  const { hist, edges } = histogramOf(reshape(x, [x.size, 1]), [bins], { ...options, range });
  return { hist, edges: edges[0] };
}

/**
 * What {@link histogramdd} may be told.
 *
 * @category Reductions
 */
export interface HistogramDDOptions extends Omit<HistogramOptions, "range"> {
  /** From where to where bins reach along each axis, if they are counted. */
  readonly range?: readonly (readonly [number, number])[];
}

/**
 * Counts of points, and where bins end along each axis.
 *
 * @category Reductions
 */
export interface HistogramDD {
  /** What is in each bin, an axis a coordinate. */
  readonly hist: Tensor;
  /** Where bins begin along each axis, and the last one ends. */
  readonly edges: readonly Tensor[];
}

/**
 * {@link histogram} of points, rows of coordinates, in bins along each of these: `torch.histogramdd`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { histogramdd, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const points = tensor([[0, 1], [1, 0], [2, 0], [2, 2]]);
 * assertEquals(await histogramdd(points, [3, 3]).hist.array(), [[0, 1, 0], [1, 0, 0], [1, 0, 1]]);
 * ```
 */
export function histogramdd(
  x: Tensor,
  bins: readonly (number | Tensor)[],
  options: HistogramDDOptions = {},
): HistogramDD {
  checkTensor("histogramdd", x);
  checkOptions("histogramdd", options, { range: null, weight: null, density: false });
  if (x.rank < 1 || bins.length !== x.shape[x.rank - 1]) {
    throw new ShapeError(
      `Cannot histogramdd ${
        showShape(x.shape)
      } in ${bins.length} kinds of bins: one for each coordinate is needed`,
      { op: "histogramdd", shapes: [x.shape] },
    );
  }
  return histogramOf(reshape(x, [-1, bins.length]), bins, options);
}

function histogramOf(
  points: Tensor,
  bins: readonly (number | Tensor)[],
  { range, weight, density = false }: HistogramDDOptions,
): HistogramDD {
  const values = bins.map((_, k) => reshape(narrow(points.detach(), 1, k, 1), [-1]));
  const edges = bins.map((one, k) => edgesOf(values[k], one, range?.[k]));
  const shape = edges.map(({ size }) => size - 1), most = sizeOf(shape);
  const places = values.map((x, k) => binsOf(x, edges[k]));
  const isOut = places.map((at, k) => logicalOr(less(at, 0), less(shape[k] - 1, at))).reduce((a, b) =>
    logicalOr(a, b)
  );
  const at = where(isOut, most, places.reduce((total, place, k) => add(mul(total, shape[k]), place)));
  const weights = weight ? reshape(weight, [-1]) : filled(1, at.shape, points);
  const counts = reshape(tallied(at, weights, most), shape);
  if (!density) return { hist: counts, edges };
  const volumes = edges.map((edge, k) => reshape(diff(edge), shape.map((_, i) => i === k ? -1 : 1)));
  return { hist: volumes.reduce((density, widths) => div(density, widths), div(counts, sum(counts))), edges };
}

function edgesOf(x: Tensor, bins: number | Tensor, range: readonly [number, number] | undefined): Tensor {
  if (bins instanceof Tensor) {
    if (bins.rank === 1 && bins.size > 1) return bins;
    throw new ShapeError(
      `Cannot take a histogram between edges of ${showShape(bins.shape)}: a vector is needed`,
    );
  }
  checkInteger("take a histogram", "number of bins", bins, 1, Number.MAX_SAFE_INTEGER);
  const [low, width] = extentOf(x, range ?? [0, 0], 0.5);
  const parts = div(arange(bins + 1, undefined, { dtype: x.dtype, backend: x.backend }), bins);
  return add(mul(parts, width), expand(low instanceof Tensor ? low : filled(low, [], x), parts.shape));
}

function binsOf(x: Tensor, edges: Tensor): Tensor {
  const n = edges.size, at = sub(searchsorted(edges, x, { right: true }), 1);
  // NaN goes behind the last, as what is too large does.
  return where(equal(x, slice(edges, n - 1)), n - 2, at);
}

registerFunctions({ countNonzero: 1 }, { differentiable: false });
registerFunctions({ histc: 1 }, { differentiable: false });
registerFunctions({ bincount: 1, histogram: 1, histogramdd: 1 });
