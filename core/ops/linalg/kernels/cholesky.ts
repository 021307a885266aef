/** Factors of positive definite matrices. */
import type { HostElements } from "../../../primitives/host.ts";
import { notDefinite } from "../faults.ts";
import { BLOCK, block, dot, matricesOf, type Matrix, subtractProduct, transposed } from "./matrix.ts";
import { solveLower } from "./triangular.ts";

/** Whether an indefinite matrix is an error. */
export interface CheckAttributes {
  readonly check: boolean;
}

// Gives the order of the first leading minor that is not positive, 0 if all are.
function factorCorner(a: Matrix): number {
  const { data, offset, down } = a;
  for (let j = 0; j < a.rows; j++) {
    const at = offset + j * down, rest = data[at + j] - dot(a, j, a, j, j);
    if (!(rest > 0)) return j + 1;
    const pivot = data[at + j] = Math.sqrt(rest);
    for (let i = j + 1; i < a.rows; i++) {
      const place = offset + i * down + j;
      data[place] = (data[place] - dot(a, i, a, j, j)) / pivot;
    }
  }
  return 0;
}

/** Columns of what is left that are multiplied at a time: more of them, more of the other triangle is for nothing. */
const WIDE = 192;

// The lower triangle of what is left, block by block.
function subtractSquare(a: Matrix, below: Matrix): void {
  for (let at = 0; at < a.rows; at += WIDE) {
    const size = Math.min(WIDE, a.rows - at), rows = block(below, at, 0, a.rows - at, below.columns);
    const top = block(rows, 0, 0, size, below.columns);
    subtractProduct(block(a, at, at, a.rows - at, size), rows, transposed(top));
  }
}

/** Factors the lower triangle in place; gives the order of the first leading minor that is not positive, or 0. */
export function factorCholesky(a: Matrix): number {
  const n = a.rows, failed = a.by?.cholesky?.(a);
  if (failed !== undefined) return failed;
  for (let at = 0; at < n; at += BLOCK) {
    const size = Math.min(BLOCK, n - at), end = at + size, rest = n - end;
    const corner = block(a, at, at, size, size), below = block(a, end, at, rest, size);
    const failed = factorCorner(corner);
    if (failed > 0) return at + failed;
    solveLower(corner, transposed(below), false);
    subtractSquare(block(a, end, end, rest, rest), below);
  }
  return 0;
}

function keepLower({ data, offset, rows, columns }: Matrix): void {
  for (let i = 0; i < rows; i++) data.fill(0, offset + i * columns + i + 1, offset + (i + 1) * columns);
}

/** The kernel of `cholesky`: the factor, NaN where there is none, and why not. */
export function cholesky(
  [x]: readonly HostElements[],
  [factor, info]: readonly HostElements[],
  { check }: CheckAttributes,
): void {
  factor.data.set(x.data);
  matricesOf(factor).forEach((a, i) => {
    const order = info.data[i] = factorCholesky(a);
    if (order > 0 && check) throw notDefinite(x.shape, i, order);
    if (order > 0) a.data.fill(NaN, a.offset, a.offset + a.rows * a.columns);
    keepLower(a);
  });
}
