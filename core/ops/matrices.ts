/** Matrices by their diagonals, and grids of coordinates. */
import { defineOp } from "../define/composite.ts";
import { checkOptions } from "../base/settings.ts";
import { described } from "../base/text.ts";
import { tensorsOf } from "../tensor/tree.ts";
import { registerFunctions } from "../call/catalog.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { greaterEqual, lessEqual } from "./comparison.ts";
import { where } from "./choice.ts";
import { arange } from "./ranges.ts";
import { sub } from "./arithmetic.ts";
import {
  checkDiagonal,
  checkMatrix,
  embedded,
  matricesLast,
  type MatrixAxes,
  matrixAxes,
} from "./diagonal_places.ts";
import { expand, reshape } from "./shape.ts";
import { permute } from "./axis_order.ts";
import { narrow } from "./windows.ts";
import { slice } from "./indexing.ts";

function triangle(
  name: string,
  keeps: (difference: Tensor, k: number) => Tensor,
): (x: Tensor, k?: number) => Tensor {
  return defineOp(name, (x: Tensor, k = 0) => {
    checkMatrix(name, x);
    checkDiagonal(name, k);
    const [rows, columns] = x.shape.slice(-2);
    const options = { dtype: "i32" as const, backend: x.backend };
    const i = reshape(arange(rows, undefined, options), [rows, 1]);
    // false becomes 0 in any dtype, whereas 0 would make bools integers.
    return where(keeps(sub(arange(columns, undefined, options), i), k), x, false);
  });
}

/**
 * The lower triangle of matrices `[…, m, n]`, 0 above the k-th diagonal (0, the main one, unless said). A
 * rank below 2 is a {@link ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { ones, tril } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await tril(ones([3, 3])).array(), [[1, 0, 0], [1, 1, 0], [1, 1, 1]]);
 * assertEquals(await tril(ones([2, 3]), 1).array(), [[1, 1, 0], [1, 1, 1]]);
 * ```
 */
export const tril: (x: Tensor, k?: number) => Tensor = triangle("tril", lessEqual);

/**
 * The upper triangle of matrices `[…, m, n]`, 0 below the k-th diagonal (0, the main one, unless said). A
 * rank below 2 is a {@link ShapeError}.
 *
 * @category Linear algebra
 */
export const triu: (x: Tensor, k?: number) => Tensor = triangle("triu", greaterEqual);

/**
 * The k-th diagonal (0) of the last two axes, or of others, as a last axis, as a view where memory allows:
 * `torch.linalg.diagonal`, and `torch.diagonal`, whose axes are 0 and 1 unless said. k > 0 lies above the main one. A rank below 2 is a
 * {@link ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { diagonal, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(await diagonal(x).array(), [1, 5]);
 * assertEquals(await diagonal(x, 1).array(), [2, 6]);
 * assertEquals(diagonal(x, 3).shape, [0]);
 * ```
 */
export const diagonal: (x: Tensor, k?: number, options?: MatrixAxes) => Tensor = defineOp(
  "diagonal",
  (given, k = 0, options = {}) => {
    const x = permute(given, matricesLast("diagonal", given, options));
    checkDiagonal("diagonal", k);
    const [rows, columns] = x.shape.slice(-2), lead = x.shape.slice(0, -2);
    const [row, column] = [Math.max(0, -k), Math.max(0, k)];
    const count = Math.max(0, Math.min(rows - row, columns - column));
    if (count === 0) return reshape(narrow(narrow(x, -1, 0, 0), -2, 0, 0), [...lead, 0]);
    const flat = reshape(x, [...lead, rows * columns]), start = row * columns + column;
    const end = start + (count - 1) * (columns + 1) + 1;
    return slice(flat, ...lead.map(() => null), [start, end, columns + 1]);
  },
  { known: matrixAxes },
);

/**
 * A vector as the k-th diagonal of a square matrix, or the k-th diagonal of a matrix as a vector. Other
 * ranks are a {@link ShapeError}.
 *
 * @category Creation
 * @example
 * ```ts
 * import { diag, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = diag(tensor([1, 2]), 1);
 * assertEquals(await x.array(), [[0, 1, 0], [0, 0, 2], [0, 0, 0]]);
 * assertEquals(await diag(x, 1).array(), [1, 2]);
 * ```
 */
export const diag: (x: Tensor, k?: number) => Tensor = defineOp("diag", (x, k = 0) => {
  checkDiagonal("diag", k);
  if (x.rank === 2) return diagonal(x, k);
  if (x.rank !== 1) {
    throw new ShapeError(`Cannot diag ${showShape(x.shape)}: a vector or a matrix is needed`, {
      op: "diag",
      shapes: [x.shape],
    });
  }
  return embedded(x, k);
});

/**
 * Coordinate grids of vectors: for each of n vectors its values repeated over the n-dimensional grid, as a
 * view. With `indexing: "xy"` the first two axes are swapped, as for pictures. A matrix is a {@link
 * ShapeError}.
 *
 * @category Creation
 * @example
 * ```ts
 * import { meshgrid, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const [x, y] = meshgrid([tensor([1, 2, 3]), tensor([10, 20])]);
 * assertEquals(await x.array(), [[1, 1], [2, 2], [3, 3]]);
 * assertEquals(await x.add(y).array(), [[11, 21], [12, 22], [13, 23]]);
 * ```
 */
export function meshgrid(
  given: readonly Tensor[],
  options: { readonly indexing?: "ij" | "xy" } = {},
): Tensor[] {
  checkOptions("make a grid", options, { indexing: null });
  const vectors = tensorsOf("make a grid of", given), { indexing = "ij" } = options;
  if (indexing !== "ij" && indexing !== "xy") {
    throw new TypeError(`Cannot make a grid with indexing ${described(indexing)}: choose ij or xy`);
  }
  const bad = vectors.find((v) => v.rank > 1);
  if (bad) {
    throw new ShapeError(`Cannot make a grid of ${showShape(bad.shape)}: vectors are needed`, {
      op: "meshgrid",
      shapes: [bad.shape],
    });
  }
  const swap = indexing === "xy" && vectors.length > 1;
  const place = (i: number) => swap && i < 2 ? 1 - i : i;
  const shape = vectors.map((_, i) => vectors[place(i)].size);
  return vectors.map((v, i) => expand(reshape(v, shape.map((_, k) => k === place(i) ? v.size : 1)), shape));
}

registerFunctions({ meshgrid: Infinity });
