/** Reductions over axes: sums, products, extrema and where they stand. */
import { normalizeAxes, normalizeAxis } from "../base/shape.ts";
import { defineOp } from "../define/composite.ts";
import type { ReduceKind } from "../primitives/attributes.ts";
import { identity } from "../primitives/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { reduceMap, reducing } from "./reducing.ts";
import { reshape } from "./shape.ts";

/**
 * One axis or several, counted from the end if negative; all of them if left out.
 *
 * @category Reductions
 */
export type Axes = number | readonly number[];

/**
 * What reductions may be told.
 *
 * @category Reductions
 */
export interface ReduceOptions {
  /** Keep reduced axes with extent 1. */
  readonly keepDims?: boolean;
}

/**
 * A reduction over axes.
 *
 * @category Reductions
 */
export type ReduceOp = (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor;

function reduceWith(kind: ReduceKind, x: Tensor, axes: Axes | undefined, options: ReduceOptions): Tensor {
  return reduceMap(kind, identity, [x], normalizeAxes(kind, axes, x.rank), options);
}

/**
 * Sum over axes, all unless said; 0 of nothing. Bools are counted in i32, integers stay what they are and
 * wrap. An axis that does not exist or is named twice is a {@link ShapeError}.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { sum, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await sum(x).item(), 10);
 * assertEquals(await sum(x, 0).array(), [4, 6]);
 * assertEquals(sum(x, -1, { keepDims: true }).shape, [2, 1]);
 * ```
 */
export const sum: ReduceOp = defineOp(
  "sum",
  (x, axes, options = {}) => reduceWith("sum", x, axes, options),
  { known: reducing },
);

/**
 * Product over axes, all unless said; 1 of nothing. Bools are multiplied in i32, integers wrap. Its gradient
 * is right with zeros among the factors.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { prod, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, 2, 3]);
 * const p = prod(x);
 * p.backward();
 * assertEquals(await p.item(), 0);
 * assertEquals(await x.grad!.array(), [6, 0, 0]);
 * ```
 */
export const prod: ReduceOp = defineOp(
  "prod",
  (x, axes, options = {}) => reduceWith("prod", x, axes, options),
  { known: reducing },
);

/**
 * Largest element over axes, all unless said; NaN if there is one. Ties share the gradient. Of nothing it is
 * a {@link ShapeError}.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { max, ShapeError, variable, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const x = variable([2, 2, 1]);
 * max(x).backward();
 * assertEquals(await x.grad!.array(), [0.5, 0.5, 0]);
 * assertThrows(() => max(zeros([0])), ShapeError, "no elements to choose from");
 * ```
 */
export const max: ReduceOp = defineOp(
  "max",
  (x, axes, options = {}) => reduceWith("max", x, axes, options),
  { known: reducing },
);

/**
 * Smallest element over axes, all unless said; NaN if there is one. Ties share the gradient. Of nothing it
 * is a {@link ShapeError}.
 *
 * @category Reductions
 */
export const min: ReduceOp = defineOp(
  "min",
  (x, axes, options = {}) => reduceWith("min", x, axes, options),
  { known: reducing },
);

/**
 * Whether any element over axes, all unless said, is non-zero, as bool; false of nothing.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { any, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[0, 0], [0, 2]]);
 * assertEquals(await any(x, 1).array(), [false, true]);
 * assertEquals(await any(zeros([0])).array(), false);
 * ```
 */
export const any: ReduceOp = defineOp("any", (x, axes, options = {}) => reduceWith("any", x, axes, options), {
  differentiable: false,
  known: reducing,
});

/**
 * Whether all elements over axes, all unless said, are non-zero, as bool; true of nothing.
 *
 * @category Reductions
 */
export const all: ReduceOp = defineOp("all", (x, axes, options = {}) => reduceWith("all", x, axes, options), {
  differentiable: false,
  known: reducing,
});

function position(
  kind: "argmax" | "argmin",
  x: Tensor,
  axis: number | undefined,
  options: ReduceOptions,
): Tensor {
  if (axis === undefined) {
    const at = reduceWith(kind, reshape(x, [-1]), 0, {});
    return options.keepDims ? reshape(at, x.shape.map(() => 1)) : at;
  }
  return reduceWith(kind, x, normalizeAxis(kind, axis, x.rank), options);
}

/**
 * A position along an axis.
 *
 * @category Reductions
 */
export type PositionOp = (x: Tensor, axis?: number, options?: ReduceOptions) => Tensor;

/**
 * Position of the first largest element along an axis, or in the flattened tensor, as i32; a NaN is the
 * largest. Of nothing it is a {@link ShapeError}.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { argmax, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await argmax(tensor([1, NaN, 2])).item(), 1);
 * const x = tensor([[1, 5, 5], [7, 2, 0]]);
 * assertEquals(await argmax(x).item(), 3);
 * assertEquals(await argmax(x, 1).array(), [1, 0]);
 * ```
 */
export const argmax: PositionOp = defineOp(
  "argmax",
  (x, axis, options = {}) => position("argmax", x, axis, options),
  { differentiable: false, known: reducing },
);

/**
 * Position of the first smallest element along an axis, or in the flattened tensor, as i32; a NaN is the
 * smallest. Of nothing it is a {@link ShapeError}.
 *
 * @category Reductions
 */
export const argmin: PositionOp = defineOp(
  "argmin",
  (x, axis, options = {}) => position("argmin", x, axis, options),
  { differentiable: false, known: reducing },
);
