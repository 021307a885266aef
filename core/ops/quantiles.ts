/** Quantiles. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkOptions, checkSetting } from "../base/settings.ts";
import { normalizeAxis } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { defineOp } from "../define/composite.ts";
import { operandLike } from "../define/numbers.ts";
import { checkFloating } from "../define/operands.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { lerp } from "./activation.ts";
import { mul, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { isNaN } from "./comparison.ts";
import { to } from "./convert.ts";
import { sort } from "./cumulative.ts";
import { gather } from "./indexing.ts";
import { logicalNot } from "./logic.ts";
import { maximum } from "./magnitude.ts";
import { any, type ReduceOptions, sum } from "./reductions.ts";
import { ceil, floor, round } from "./rounding.ts";
import { expand, reshape } from "./shape.ts";
import { moveAxis } from "./axis_order.ts";
import { widened } from "./widen.ts";

/**
 * How {@link quantile} answers between two elements: by a point of the line through both, or by one of them.
 *
 * @category Reductions
 */
export type QuantileInterpolation = "linear" | "lower" | "higher" | "nearest" | "midpoint";

/**
 * What {@link quantile} may be told.
 *
 * @category Reductions
 */
export interface QuantileOptions extends ReduceOptions {
  /** What lies between two elements: `"linear"` unless said. */
  readonly interpolation?: QuantileInterpolation;
}

/**
 * Quantiles along an axis, or of all elements.
 *
 * @category Reductions
 */
export type QuantileOp = (x: Tensor, q: number | Tensor, axis?: number, options?: QuantileOptions) => Tensor;

const kept = (x: Tensor): Tensor => x;
// What becomes of a rank, a place between two elements.
const roundings: Readonly<Record<QuantileInterpolation, (rank: Tensor) => Tensor>> = {
  linear: kept,
  midpoint: kept,
  lower: floor,
  higher: ceil,
  nearest: (rank) => round(rank),
};

function levelsOf(name: string, q: number | Tensor, x: Tensor): Tensor {
  if (typeof q === "number") checkSetting(`take the ${name}`, "q", q, 0, 1);
  const levels = operandLike(`${name} at`, q, x);
  if (levels.rank < 2) return to(levels, x.dtype);
  throw new ShapeError(`Cannot ${name} at ${showShape(levels.shape)}: a number or a vector is needed`);
}

// At ranks, in a sorted last axis.
function between(sorted: Tensor, ranks: Tensor, interpolation: QuantileInterpolation): Tensor {
  const low = floor(ranks.detach()), at = (place: Tensor) => gather(sorted, -1, to(place, "i32"));
  if (roundings[interpolation] !== kept) return at(low);
  return lerp(at(low), at(ceil(ranks.detach())), interpolation === "midpoint" ? 0.5 : sub(ranks, low));
}

function ranksOf(sorted: Tensor, levels: Tensor, ignoreNaN: boolean): Tensor {
  const last = sorted.shape[sorted.rank - 1] - 1, places = reshape(levels, [-1]);
  const all = [...sorted.shape.slice(0, -1), places.size];
  if (!ignoreNaN) {
    return expand(where(any(isNaN(sorted), -1, { keepDims: true }), last, mul(places, last)), all);
  }
  const count = to(sum(logicalNot(isNaN(sorted)), -1, { keepDims: true }), sorted.dtype);
  return expand(mul(places, maximum(sub(count, 1), 0)), all);
}

function defineQuantile(name: string, ignoreNaN: boolean): QuantileOp {
  return defineOp(name, (x, q, axis, options) => {
    checkOptions(name, options, { keepDims: false, interpolation: "" });
    checkFloating(name, x);
    const { keepDims = false, interpolation = "linear" } = options ?? {};
    if (!Object.hasOwn(roundings, interpolation)) {
      const modes = Object.keys(roundings).join(", ");
      throw new TypeError(
        `Cannot ${name} by interpolation ${described(interpolation)}: choose one of ${modes}`,
      );
    }
    const levels = levelsOf(name, q, x), at = axis === undefined ? 0 : normalizeAxis(name, axis, x.rank);
    const rows = axis === undefined || x.rank === 0 ? reshape(x, [x.size]) : moveAxis(x, at, -1);
    if (rows.shape[rows.rank - 1] === 0) {
      throw new ShapeError(`Cannot ${name} ${showShape(x.shape)}: there are no elements`, { op: name });
    }
    const found = widened(rows, (values) => {
      const sorted = sort(values).values, ranks = ranksOf(sorted, to(levels, values.dtype), ignoreNaN);
      return between(sorted, roundings[interpolation](ranks), interpolation);
    });
    const left = keepDims
      ? x.shape.map((n, i) => axis === undefined || i === at ? 1 : n)
      : rows.shape.slice(0, -1);
    return reshape(moveAxis(found, -1, 0), [...levels.shape, ...left]);
  });
}

/**
 * The number that a part q of the elements lies below, along an axis or of all: `torch.quantile`. A vector of q gives
 * as many along a new first axis; NaN where there is one.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { quantile, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[4, 1, 3, 2], [10, 30, 20, 40]]);
 * assertEquals(await quantile(x, 0.5, 1).array(), [2.5, 25]);
 * assertEquals(await quantile(x, tensor([0, 1]), 1).array(), [[1, 10], [4, 40]]);
 * assertEquals(await quantile(x, 0.5, 1, { interpolation: "lower" }).array(), [2, 20]);
 * ```
 */
export const quantile: QuantileOp = defineQuantile("quantile", false);

/**
 * {@link quantile} of what is no NaN; NaN where nothing else is: `torch.nanquantile`.
 *
 * @category Reductions
 */
export const nanquantile: QuantileOp = defineQuantile("nanquantile", true);
