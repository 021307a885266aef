/** Norms of all orders. */
import { checkOptions } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import { described } from "../../base/text.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { moveAxis } from "../axis_order.ts";
import { type Axes, max, min, type ReduceOptions, sum } from "../reductions.ts";
import { reshape } from "../shape.ts";
import { norm as vectorNorm } from "../statistics.ts";
import { matrixNorm as simpleNorm } from "../tensor_products.ts";
import { svdvals } from "./svd.ts";

/**
 * The order of a norm of matrices: `"fro"`, the root of the sum of squares; `"nuc"`, 2 and -2, the sum, the largest and
 * the smallest of the singular values; 1 and -1, the largest and smallest sum of a column's magnitudes; Infinity and
 * -Infinity, those of a row's.
 *
 * @category Linear algebra
 */
export type MatrixOrder = "fro" | "nuc" | number;

const bySingularValues = ["nuc", 2, -2];

/**
 * A norm of matrices along two axes, the last unless said, by its order: `torch.linalg.matrix_norm`. Those of singular
 * values want f32 or f64.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = tensor([[3, 0], [0, -4]]);
 * assertAlmostEquals(await linalg.matrixNorm(x, "nuc").item(), 7, 1e-5);
 * assertAlmostEquals(await linalg.matrixNorm(x, 2).item(), 4, 1e-5);
 * assertAlmostEquals(await linalg.matrixNorm(x).item(), 5, 1e-5);
 * ```
 */
export const matrixNorm: (
  x: Tensor,
  order?: MatrixOrder,
  axes?: readonly number[],
  options?: ReduceOptions,
) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.matrixNorm",
  (x, order = "fro", axes = [-2, -1], options = {}) => {
    if (!bySingularValues.includes(order)) return simpleNorm(x, order as number, axes, options);
    checkOptions("linalg.matrixNorm", options, { keepDims: false });
    const matrices = moveAxis(x, axes, [-2, -1]), values = svdvals(matrices);
    const found = order === "nuc" ? sum(values, -1) : (order === 2 ? max : min)(values, -1);
    if (!options.keepDims) return found;
    const pair = axes.map((axis) => axis < 0 ? axis + x.rank : axis);
    return reshape(found, x.shape.map((n, i) => pair.includes(i) ? 1 : n));
  },
);

/**
 * What {@link norm} may be told.
 *
 * @category Linear algebra
 */
export interface NormOptions extends ReduceOptions {
  /** That of a vector over all elements unless said; of matrices where there is one and two axes are meant. */
  readonly order?: MatrixOrder;
}

/**
 * The norm of matrices where an `order` is given and two axes are meant, else that of vectors, over all axes unless said:
 * `torch.linalg.norm`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([[3, 0], [0, -4]]);
 * assertEquals(await linalg.norm(x).item(), 5);
 * assertEquals(await linalg.norm(x, 0, { order: 1 }).array(), [3, 4]);
 * assertAlmostEquals(await linalg.norm(x, undefined, { order: 2 }).item(), 4, 1e-5);
 * ```
 */
export const norm: (x: Tensor, axes?: Axes, options?: NormOptions) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.norm",
  (x, axes, { order, ...options } = {}) => {
    const meant = axes === undefined ? x.shape.map((_, i) => i) : [axes].flat();
    if (order !== undefined && meant.length === 2) return matrixNorm(x, order, meant, options);
    if (typeof order !== "string") return vectorNorm(x, axes, { order, ...options });
    throw new TypeError(`Cannot linalg.norm of order ${described(order)}: two axes are needed`);
  },
);
