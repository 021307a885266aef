/** Products of several tensors, and of matrices their norms. */
import { described } from "../base/text.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger, checkOptions } from "../base/settings.ts";
import { listOf, normalizeAxis } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor, tensorsOf } from "../tensor/tree.ts";
import { mul, pow } from "./arithmetic.ts";
import { contracted } from "./contraction.ts";
import { matmul } from "./linear_algebra.ts";
import { arange } from "./ranges.ts";
import { max, min, type ReduceOptions, sum } from "./reductions.ts";
import { reshape, unsqueeze } from "./shape.ts";
import { norm } from "./statistics.ts";
import { flip } from "./windows.ts";

/**
 * How many axes {@link tensordot} sums over, the last of one and the first of the other, or which of both.
 *
 * @category Linear algebra
 */
export type TensordotAxes = number | readonly [readonly number[], readonly number[]];

/**
 * Sums of products over axes of both, the last and the first two unless said: `torch.tensordot`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { multiDot, tensor, tensordot } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[1, 2], [3, 4]]), b = tensor([[5, 6], [7, 8]]);
 * assertEquals(await tensordot(a, b).item(), 70);
 * assertEquals(await tensordot(a, b, [[0], [1]]).array(), [[23, 31], [34, 46]]);
 * assertEquals(await multiDot([a, b, tensor([1, 1])]).array(), [41, 93]);
 * ```
 */
export function tensordot(a: Tensor, b: Tensor, axes: TensordotAxes = 2): Tensor {
  checkTensor("tensordot", a);
  checkTensor("tensordot", b);
  if (typeof axes !== "number") {
    const [left, right] = listOf("tensordot", "along axes", axes);
    return contracted(
      "tensordot",
      a,
      b,
      listOf("tensordot", "along axes", left),
      listOf("tensordot", "along axes", right),
    );
  }
  checkInteger("tensordot", "a count of axes", axes, 0, Math.min(a.rank, b.rank));
  const first = Array.from({ length: axes }, (_, i) => i);
  return contracted("tensordot", a, b, first.map((i) => a.rank - axes + i), first);
}

/**
 * The matrix product of several, from left to right: `torch.linalg.multi_dot`, `torch.chain_matmul`. The first and last may be vectors.
 *
 * @category Linear algebra
 */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  const list = tensorsOf("multiDot", tensors);
  if (list.length > 0) return list.reduce((a, b) => matmul(a, b));
  throw new ShapeError("Cannot multiDot no tensors: pass at least one", { op: "multiDot" });
}

/**
 * Sums of products along an axis, the last unless said, the others broadcasting: `torch.linalg.vecdot`.
 *
 * @category Linear algebra
 */
export function vecdot(a: Tensor, b: Tensor, axis = -1): Tensor {
  checkTensor("vecdot", a);
  checkTensor("vecdot", b);
  return sum(mul(a, b), axis);
}

/**
 * What {@link vander} may be told.
 *
 * @category Creation
 */
export interface VanderOptions {
  /** How many powers; as many as there are elements unless said. */
  readonly n?: number;
  /** From the 0-th power on, as in `torch.linalg.vander`; otherwise down to it. */
  readonly increasing?: boolean;
}

/**
 * Powers of the elements of vectors `[…, m]`, as rows: `torch.vander`.
 *
 * @category Creation
 * @example
 * ```ts
 * import { tensor, vander } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await vander(tensor([2, 3]), { n: 3 }).array(), [[4, 2, 1], [9, 3, 1]]);
 * ```
 */
export function vander(x: Tensor, options: VanderOptions = {}): Tensor {
  checkTensor("vander", x);
  checkOptions("vander", options, { n: 1, increasing: false });
  const rows = x.rank === 0 ? reshape(x, [1]) : x,
    { n = rows.shape[rows.rank - 1], increasing = false } = options;
  checkInteger("vander", "n", n, 0);
  const powers = pow(unsqueeze(rows, -1), arange(n, undefined, { dtype: x.dtype, backend: x.backend }));
  return increasing ? powers : flip(powers, -1);
}

/**
 * A norm of matrices along two axes, the last unless said: `"fro"`, the root of the sum of squares, unless said; 1 and
 * -1, the largest and smallest sum of a column's magnitudes; Infinity and -Infinity, those of a row's. It is
 * `torch.linalg.matrix_norm`; orders that need singular values are refused.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { matrixNorm, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, -2], [2, 4]]);
 * assertEquals(await matrixNorm(x).item(), 5);
 * assertEquals([await matrixNorm(x, 1).item(), await matrixNorm(x, -Infinity).item()], [6, 3]);
 * ```
 */
export function matrixNorm(
  x: Tensor,
  order: "fro" | number = "fro",
  axes: readonly number[] = [-2, -1],
  options: ReduceOptions = {},
): Tensor {
  checkTensor("matrixNorm", x);
  checkOptions("matrixNorm", options, { keepDims: false });
  const pair = listOf("matrixNorm", "along axes", axes).map((axis) =>
    normalizeAxis("matrixNorm", axis, x.rank)
  );
  if (x.rank < 2 || pair.length !== 2 || pair[0] === pair[1]) {
    throw new ShapeError(`Cannot matrixNorm ${showShape(x.shape)}: two axes are needed`, {
      op: "matrixNorm",
    });
  }
  if (order === "fro") return norm(x, pair, options);
  if (![1, -1, Infinity, -Infinity].includes(order)) {
    throw new RangeError(
      `Cannot take the matrixNorm of order ${described(order)}: choose "fro", ±1 or ±Infinity`,
    );
  }
  const [summed, left] = Math.abs(order) === 1 ? pair : pair.toReversed();
  const sums = norm(x, summed, { order: 1, keepDims: true });
  const found = (order > 0 ? max : min)(sums, left, { keepDims: true });
  return options.keepDims ? found : reshape(found, x.shape.filter((_, i) => !pair.includes(i)));
}

registerFunctions({ tensordot: 2, multiDot: Infinity, vecdot: 2, vander: 1, matrixNorm: 1 });
