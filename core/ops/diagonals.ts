/** Diagonals made and written. */
import { dtypes } from "../base/dtype.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { checkOptions } from "../base/settings.ts";
import { sameShape } from "../base/shape.ts";
import { defineOp } from "../define/composite.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { add, mul } from "./arithmetic.ts";
import { checkDiagonal, embedded, matricesLast, type MatrixAxes, matrixAxes } from "./diagonal_places.ts";
import { scatter } from "./indexing.ts";
import { diag } from "./matrices.ts";
import { arange } from "./ranges.ts";
import { expand, reshape } from "./shape.ts";
import { moveAxis, permute } from "./axis_order.ts";

/**
 * The last axis as the k-th diagonals (0) of square matrices, whose axes are the last unless said:
 * `torch.diag_embed`.
 *
 * @category Shape
 * @example
 * ```ts
 * import { diagEmbed, diagflat, diagonalScatter, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await diagEmbed(x).slice(1).array(), [[3, 0], [0, 4]]);
 * assertEquals(await diagflat(tensor([1, 2]), 1).array(), [[0, 1, 0], [0, 0, 2], [0, 0, 0]]);
 * assertEquals(await diagonalScatter(zeros([2, 2]), tensor([5]), -1).array(), [[0, 0], [5, 0]]);
 * ```
 */
export const diagEmbed: (x: Tensor, k?: number, options?: MatrixAxes) => Tensor = defineOp(
  "diagEmbed",
  (x, k = 0, { axis1 = -2, axis2 = -1 } = {}) => {
    checkDiagonal("diagEmbed", k);
    if (x.rank === 0) {
      throw new ShapeError("Cannot diagEmbed a scalar: a vector is needed", { op: "diagEmbed" });
    }
    return moveAxis(embedded(x, k), [-2, -1], [axis1, axis2]);
  },
  { known: matrixAxes, dtypes },
);

/**
 * All elements as the k-th diagonal (0) of a square matrix: `torch.diagflat`.
 *
 * @category Shape
 */
export const diagflat: (x: Tensor, k?: number) => Tensor = defineOp(
  "diagflat",
  (x, k = 0) => diag(reshape(x, [x.size]), k),
  { dtypes },
);

/**
 * A copy of x with `source` in place of the k-th diagonals (0) of the last two axes, or of others:
 * `torch.diagonal_scatter`, whose axes are 0 and 1 unless said. A source of another shape than they is a
 * {@link ShapeError}.
 *
 * @category Shape
 */
export const diagonalScatter: (x: Tensor, source: Tensor, k?: number, options?: MatrixAxes) => Tensor =
  defineOp(
    "diagonalScatter",
    (whole, source, k = 0, options = {}) => {
      checkTensor("diagonalScatter", source);
      checkOptions("diagonalScatter", options, matrixAxes);
      checkDiagonal("diagonalScatter", k);
      const order = matricesLast("diagonalScatter", whole, options), x = permute(whole, order);
      const [rows, columns] = x.shape.slice(-2), lead = x.shape.slice(0, -2);
      const [row, column] = [Math.max(0, -k), Math.max(0, k)];
      const count = Math.max(0, Math.min(rows - row, columns - column));
      if (!sameShape(source.shape, [...lead, count])) {
        throw new ShapeError(
          `Cannot diagonalScatter ${showShape(source.shape)} into ${showShape(whole.shape)}: ` +
            `${showShape([...lead, count])} is needed`,
          { op: "diagonalScatter", shapes: [whole.shape, source.shape] },
        );
      }
      const steps = arange(count, undefined, { dtype: "i32", backend: x.backend });
      const places = expand(add(mul(steps, columns + 1), row * columns + column), source.shape);
      const placed = reshape(scatter(reshape(x, [...lead, rows * columns]), -1, places, source), x.shape);
      return permute(placed, order.map((_, i) => order.indexOf(i)));
    },
    { dtypes },
  );
