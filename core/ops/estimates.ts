/** Slopes of sampled functions, and what is there most often. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger, checkOptions } from "../base/settings.ts";
import { isList, normalizeAxes, normalizeAxis } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import { apply } from "../call/apply.ts";
import type { AxisAttributes } from "../primitives/attributes.ts";
import { gatherAt } from "../primitives/indexing.ts";
import { positions } from "../primitives/functions.ts";
import { filled } from "../tensor/constants.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { notEqual } from "./comparison.ts";
import { argsort, cummax } from "./cumulative.ts";
import { concat } from "./joining.ts";
import { definePicked, pickOne, type ValuesAndIndices } from "./picked.ts";
import { reducing } from "./reducing.ts";
import { argmax, type ReduceOptions } from "./reductions.ts";
import { diff } from "./running.ts";
import { expand, reshape } from "./shape.ts";
import { narrow } from "./windows.ts";

/**
 * What {@link gradient} may be told.
 *
 * @category Sorting and scans
 */
export interface SlopeOptions {
  /** The axes along which slopes are taken: all unless said. */
  readonly axes?: number | readonly number[];
  /** How far samples are apart: 1 unless said, a number for all axes, or for each a number or a vector of coordinates. */
  readonly spacing?: number | readonly (number | Tensor)[];
  /** Of which order estimates at the edges are: 1 unless said. */
  readonly edgeOrder?: 1 | 2;
}

/**
 * The slopes of a sampled function along axes, a tensor an axis, by central differences of second order; at the edges by
 * one-sided ones: `torch.gradient`.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { gradient, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const squares = tensor([0, 1, 4, 9]);
 * assertEquals(await gradient(squares)[0].array(), [1, 2, 4, 5]);
 * assertEquals(await gradient(squares, { spacing: 0.5, edgeOrder: 2 })[0].array(), [0, 4, 8, 12]);
 * ```
 */
export function gradient(x: Tensor, options: SlopeOptions = {}): Tensor[] {
  checkTensor("gradient", x);
  checkOptions("gradient", options, { axes: null, spacing: null, edgeOrder: 1 });
  const { edgeOrder = 1, spacing = 1 } = options;
  checkInteger("gradient", "edgeOrder", edgeOrder, 1, 2);
  const asked = typeof options.axes === "number" ? [options.axes] : options.axes;
  const axes = asked?.map((axis) => normalizeAxis("gradient", axis, x.rank)) ??
    normalizeAxes("gradient", undefined, x.rank);
  if (isList(spacing) && spacing.length !== axes.length) {
    throw new ShapeError(
      `Cannot gradient ${showShape(x.shape)} along ${axes.length} axes by ${spacing.length} spacings: ` +
        "one an axis is needed",
      { op: "gradient", shapes: [x.shape] },
    );
  }
  return axes.map((axis, i) => slope(x, axis, isList(spacing) ? spacing[i] : spacing as number, edgeOrder));
}

// Of neighbours h apart, then k: the parabola through three samples, by its slope at the first, middle and last.
function slope(x: Tensor, axis: number, spacing: number | Tensor, edgeOrder: number): Tensor {
  const n = x.shape[axis];
  if (n <= edgeOrder) {
    throw new ShapeError(
      `Cannot gradient ${showShape(x.shape)} along axis ${axis}: ${edgeOrder + 1} samples are needed`,
      { op: "gradient", shapes: [x.shape] },
    );
  }
  const rises = diff(x, { axis }), gaps = gapsOf(spacing, x, axis);
  const at = (t: Tensor, from: number, count = 1) => narrow(t, axis, from, count);
  const rates = div(rises, gaps), first = at(rates, 0), last = at(rates, n - 2);
  if (n === 2) return concat([first, last], axis);
  const before = at(rates, 0, n - 2), after = at(rates, 1, n - 2);
  const [h, k] = [at(gaps, 0, n - 2), at(gaps, 1, n - 2)];
  const inner = div(add(mul(before, k), mul(after, h)), add(h, k));
  if (edgeOrder === 1) return concat([first, inner, last], axis);
  // Beyond the middle a parabola's slope goes on as it came.
  const edge = (rate: Tensor, from: number) => sub(mul(rate, 2), at(inner, from));
  return concat([edge(first, 0), inner, edge(last, n - 3)], axis);
}

function gapsOf(spacing: number | Tensor, x: Tensor, axis: number): Tensor {
  const n = x.shape[axis], shape = x.shape.map((_, i) => i === axis ? n - 1 : 1);
  if (!(spacing instanceof Tensor)) return filled(spacing, shape, x);
  if (spacing.rank === 0) return expand(reshape(spacing, shape.map(() => 1)), shape);
  if (spacing.rank === 1 && spacing.size === n) return reshape(diff(spacing), shape);
  throw new ShapeError(
    `Cannot gradient ${showShape(x.shape)} along axis ${axis} at coordinates of ${
      showShape(spacing.shape)
    }: ` +
      `a vector of ${n} is needed`,
    { op: "gradient", shapes: [x.shape, spacing.shape] },
  );
}

/**
 * What {@link mode} may be told.
 *
 * @category Reductions
 */
export interface ModeOptions extends ReduceOptions {
  /** Along which axis: the last unless said. */
  readonly axis?: number;
}

// How many equals end at each place of what is sorted; the first place of the largest count ends the smallest of the
// most frequent.
const frequent = /* @__PURE__ */ definePicked<AxisAttributes>("mode", (x, { axis }) => {
  const n = x.shape[axis], order = argsort(x, axis), sorted = apply(gatherAt, [x, order], { axis });
  const place = positions(x.shape, axis, x);
  if (n < 2) return place;
  const starts = where(
    notEqual(narrow(sorted, axis, 1, n - 1), narrow(sorted, axis, 0, n - 1)),
    narrow(place, axis, 1, n - 1),
    0,
  );
  const begun = cummax(concat([narrow(place, axis, 0, 1), starts], axis), axis).values;
  return apply(gatherAt, [order, argmax(sub(place, begun), axis, { keepDims: true })], { axis });
}, { extent: () => 1 });

/**
 * What is most often there along an axis, of equally frequent ones the smallest, and the last place where it is:
 * `torch.mode`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { mode, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { values, indices } = mode(tensor([[3, 1, 3], [2, 2, 1]]));
 * assertEquals([await values.array(), await indices.array()], [[3, 2], [2, 1]]);
 * ```
 */
export function mode(x: Tensor, options: ModeOptions = {}): ValuesAndIndices {
  checkTensor("mode", x);
  checkOptions("mode", options, { axis: 0, ...reducing });
  const axis = normalizeAxis("mode", options.axis ?? -1, x.rank);
  return pickOne(frequent, x, { axis }, options.keepDims ?? false);
}

registerFunctions({ gradient: 1 });
