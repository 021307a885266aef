/** Picking and placing elements. */
import { registerFunctions } from "../call/catalog.ts";
import { defineOp } from "../define/composite.ts";
import type { TensorLike } from "../define/operands.ts";
import { described, listed } from "../base/text.ts";
import { apply } from "../call/apply.ts";
import { IndexError, ShapeError, showShape } from "../base/errors.ts";
import { gatherAt } from "../primitives/indexing.ts";
import { sliceView } from "../primitives/views.ts";
import { broadcastShapes, normalizeAxis, type Shape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { checkIndex } from "./index_checks.ts";
import { isBare, meet, vector } from "./meeting.ts";
import { expand, reshape } from "./shape.ts";

/**
 * What {@link slice} takes along one axis: an index, `[start, end, step]` with parts left out as `null`, or everything.
 *
 * @category Indexing
 */
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
 * @category Indexing
 * @example
 * ```ts
 * import { arange, slice } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = arange(6).reshape([2, 3]);
 * assertEquals(await slice(x, 1, [null, null, -1]).array(), [5, 4, 3]);
 * assertEquals(await x.slice(null, [1, null]).array(), [[1, 2], [4, 5]]);
 * ```
 */
export function slice(x: Tensor, ...ranges: readonly Range[]): Tensor {
  checkTensor("slice", x);
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
  if (!Array.isArray(range) || range.length > 3) {
    throw new TypeError(
      `Cannot slice axis ${axis} of ${showShape(shape)} by ${
        listed(range)
      }: an index, null or [start, end, step] ` +
        "is needed",
    );
  }
  const step = range[2] ?? 1;
  if (!Number.isInteger(step) || step === 0) {
    throw new RangeError(
      `Cannot slice axis ${axis} of ${showShape(shape)} by steps of ${
        described(step)
      }: an integer other than 0 is needed`,
    );
  }
  const [first, last] = step > 0 ? [0, extent] : [extent - 1, -1];
  const start = clip(range[0], first, extent, step), end = clip(range[1], last, extent, step);
  return { start, count: Math.max(0, Math.ceil((end - start) / step)), step };
}

// Bounds are clipped as in Python: to 0 … n going up, to -1 … n - 1 going down.
function clip(bound: number | null | undefined, open: number, extent: number, step: number): number {
  if (bound === null || bound === undefined) return open;
  if (!Number.isInteger(bound)) throw badBound(bound);
  const at = bound < 0 ? bound + extent : bound;
  return step > 0 ? Math.min(Math.max(at, 0), extent) : Math.min(Math.max(at, -1), extent - 1);
}

function badBound(bound: unknown): Error {
  return Array.isArray(bound)
    ? new TypeError("Cannot slice by a list of ranges: pass them one by one, as in slice(x, 1, [0, 2])")
    : new RangeError(`Cannot slice at ${described(bound)}: bounds are integers or null`);
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

/**
 * `out[i, …] = x[index[i, …], …]` for axis 0 and likewise for others, of the shape of index. An index out of
 * range is an {@link IndexError}, one that is not i32 or u32 a {@link DtypeError}, another rank or a larger
 * extent along another axis a {@link ShapeError}.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { gather, IndexError, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const logits = tensor([[0.1, 0.9], [0.7, 0.3]], { dtype: "f64" });
 * const label = tensor([[1], [0]], { dtype: "i32" });
 * assertEquals(await gather(logits, 1, label).array(), [[0.9], [0.7]]);
 * assertThrows(() => gather(logits, 1, label.add(1)), IndexError);
 * ```
 */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  if (isBare(x, index)) return reshape(gather(vector(x), axis, vector(index)), index.shape);
  const at = checkIndex("gather", x, axis, index);
  return apply(gatherAt, [x, index], { axis: at });
}

/**
 * A copy of x with `source`, which broadcasts to the shape of index, written at `index` along an axis; of
 * repeated indices the last stays. Errors are those of {@link gather}.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { scatter, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const index = tensor([3, 0, 3], { dtype: "i32" });
 * assertEquals(await scatter(zeros([4]), 0, index, tensor([1, 2, 5])).array(), [2, 0, 0, 5]);
 * ```
 */
export function scatter(x: Tensor, axis: number, index: Tensor, source: TensorLike): Tensor {
  return meet("scatter", "set", x, axis, index, source);
}

/**
 * A copy of x with `source`, which broadcasts to the shape of index, added at `index` along an axis;
 * repeated indices add up. Errors are those of {@link gather}.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { scatterAdd, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const throws = tensor([5, 2, 5, 5], { dtype: "i32" });
 * const histogram = scatterAdd(zeros([7]), 0, throws, 1);
 * assertEquals(await histogram.array(), [0, 0, 1, 0, 0, 3, 0]);
 * ```
 */
export function scatterAdd(x: Tensor, axis: number, index: Tensor, source: TensorLike): Tensor {
  return meet("scatterAdd", "add", x, axis, index, source);
}

/**
 * The slices of x along an axis that a vector of indices names, in its order, repeated ones too. An index
 * out of range is an {@link IndexError}, an index that is no vector a {@link ShapeError}.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { indexSelect, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const embedding = variable([[1, 2], [3, 4], [5, 6]]);
 * const words = tensor([2, 0, 2], { dtype: "i32" });
 * const rows = indexSelect(embedding, 0, words);
 * rows.sum().backward();
 * assertEquals(await rows.array(), [[5, 6], [1, 2], [5, 6]]);
 * assertEquals(await embedding.grad!.array(), [[1, 1], [0, 0], [2, 2]]);
 * ```
 */
export const indexSelect: (x: Tensor, axis: number, index: Tensor) => Tensor = defineOp(
  "indexSelect",
  (x, axis, index) => {
    const at = normalizeAxis("indexSelect", axis, x.rank);
    checkTensor("indexSelect", index);
    if (index.rank === 0) return indexSelect(x, axis, reshape(index, [1]));
    if (x.rank === 0 && index.size === 1) return reshape(indexSelect(reshape(x, [1]), 0, index), []);
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

/**
 * {@link gather} with the other axes of x and index broadcast against each other; without an axis, of the
 * flattened x, as a vector.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { takeAlongAxis, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[30, 10], [20, 40]]);
 * assertEquals(await takeAlongAxis(x, x.argmin(1, { keepDims: true }), 1).array(), [[10], [20]]);
 * const first = tensor([[0]], { dtype: "i32" });
 * assertEquals(await takeAlongAxis(x, first, 1).array(), [[30], [20]]);
 * ```
 */
export const takeAlongAxis: (x: Tensor, index: Tensor, axis?: number) => Tensor = defineOp(
  "takeAlongAxis",
  (x, index, axis) => {
    checkTensor("takeAlongAxis", index);
    if (axis === undefined) return gather(reshape(x, [-1]), 0, reshape(index, [-1]));
    const at = normalizeAxis("takeAlongAxis", axis, x.rank);
    const others = (shape: Shape) => shape.map((n, i) => i === at ? 1 : n);
    const common = broadcastShapes("takeAlongAxis", [others(x.shape), others(index.shape)]);
    const grown = (t: Tensor) => expand(t, common.map((n, i) => i === at ? t.shape[i] : n));
    return gather(grown(x), at, grown(index));
  },
);

registerFunctions({ scatterAdd: 3 });
