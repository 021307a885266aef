/** Systems with triangular matrices. */
import type { HostElements } from "../../../primitives/host.ts";
import {
  BLOCK,
  block,
  copyTo,
  matricesOf,
  type Matrix,
  matrix,
  reversed,
  subtractProduct,
  transposed,
  upsideDown,
} from "./matrix.ts";

/** What a triangular matrix is and on which side it stands. */
export interface TriangularAttributes {
  /** Whether its upper triangle counts, else the lower one. */
  readonly upper: boolean;
  /** Whether its diagonal is taken for ones and not read. */
  readonly unit: boolean;
  /** Whether it stands on the left of what is solved for. */
  readonly left: boolean;
}

// Row by row, of rows that lie together.
function substitute(t: Matrix, x: Matrix, unit: boolean): void {
  const { data, columns, down } = x;
  for (let i = 0; i < t.rows; i++) {
    const row = i * down, end = row + columns, at = t.offset + i * t.down;
    for (let k = 0; k < i; k++) {
      const factor = t.data[at + k * t.across];
      if (factor === 0) continue;
      for (let p = row, q = k * down; p < end; p++, q++) data[p] -= factor * data[q];
    }
    const pivot = t.data[at + i * t.across];
    if (!unit) { for (let p = row; p < end; p++) data[p] /= pivot; }
  }
}

/** Solves `t·x = b` with the lower triangle of t, writing x over b. */
export function solveLower(t: Matrix, b: Matrix, unit: boolean): void {
  const n = t.rows, { columns } = b;
  for (let at = 0; at < n; at += BLOCK) {
    const size = Math.min(BLOCK, n - at),
      rows = block(b, at, 0, size, columns),
      x = matrix(size, columns, b.by);
    subtractProduct(rows, block(t, at, 0, size, at), block(b, 0, 0, at, columns));
    copyTo(rows, x);
    substitute(block(t, at, at, size, size), x, unit);
    copyTo(x, rows);
  }
}

/** Solves with a triangular matrix, writing what is found over b. */
export function solveWith(t: Matrix, b: Matrix, { upper, unit, left }: TriangularAttributes): void {
  if (!left) solveWith(transposed(t), transposed(b), { upper: !upper, unit, left: true });
  else if (b.by?.solveTriangular?.(t, b, upper, unit)) return;
  else if (upper) solveLower(reversed(t), upsideDown(b), unit);
  else solveLower(t, b, unit);
}

/** The kernel of `triangularSolve`. */
export function triangularSolve(
  [t, b]: readonly HostElements[],
  [x]: readonly HostElements[],
  attributes: TriangularAttributes,
): void {
  x.data.set(b.data);
  const solved = matricesOf(x);
  matricesOf(t).forEach((each, i) => solveWith(each, solved[i], attributes));
}
