/** Where diagonals of matrices lie. */
import { ShapeError, showShape } from "../base/errors.ts";
import { normalizeAxis } from "../base/shape.ts";
import { described } from "../base/text.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { pad } from "./padding.ts";
import { reshape, unsqueeze } from "./shape.ts";
import { narrow } from "./windows.ts";

/**
 * Which two axes hold matrices.
 *
 * @category Linear algebra
 */
export interface MatrixAxes {
  /** That of the rows; the last but one unless said. */
  readonly axis1?: number;
  /** That of the columns; the last unless said. */
  readonly axis2?: number;
}

/** The options of functions of matrices, by values of their kinds. */
export const matrixAxes = { axis1: 0, axis2: 0 };

/** The order of axes that puts those of matrices last. */
export function matricesLast(
  op: string,
  x: Tensor,
  { axis1 = -2, axis2 = -1 }: MatrixAxes,
): readonly number[] {
  checkMatrix(op, x);
  const pair = [axis1, axis2].map((axis) => normalizeAxis(op, axis, x.rank));
  return [...x.shape.flatMap((_, i) => pair.includes(i) ? [] : [i]), ...pair];
}

/** Refuses what does not count diagonals. */
export function checkDiagonal(op: string, k: number): void {
  if (Number.isSafeInteger(k)) return;
  throw new RangeError(`Cannot ${op} at diagonal ${described(k)}: an integer is needed`);
}

/** Refuses vectors and scalars. */
export function checkMatrix(op: string, x: Tensor): void {
  if (x.rank < 2) {
    throw new ShapeError(`Cannot ${op} ${showShape(x.shape)}: a matrix is needed`, { op, shapes: [x.shape] });
  }
}

/** Vectors as the k-th diagonals of square matrices. */
export function embedded(x: Tensor, k: number): Tensor {
  // Rows of n + 1 elements read as rows of n put each first element one further right.
  const n = x.shape[x.rank - 1], lead = x.shape.slice(0, -1);
  const wide = reshape(pad(unsqueeze(x, -1), [[0, 0], [0, n]]), [...lead, n * (n + 1)]);
  const square = reshape(narrow(wide, -1, 0, n * n), [...lead, n, n]);
  return pad(square, k >= 0 ? [[0, k], [k, 0]] : [[-k, 0], [0, -k]]);
}
