/** Factors of any matrix by elimination with row exchanges, and what is computed from them. */
import type { HostElements } from "../../../primitives/host.ts";
import { noRow, singular } from "../faults.ts";
import { BLOCK, block, matricesOf, type Matrix, subtractProduct, transposed } from "./matrix.ts";
import { solveLower, solveWith } from "./triangular.ts";

/** What refuses singular matrices, where anything does. */
export interface LuAttributes {
  /** The function that does, whose namesake in `Ex` tells instead. */
  readonly refuses: "" | "luFactor" | "inv" | "solve";
  /** Whether it is computed in double precision, or nearly so, on any device. */
  readonly isDouble?: boolean;
}

/** Exchanges two rows. */
export function swapRows({ data, offset, down, across, columns }: Matrix, i: number, k: number): void {
  if (i === k) return;
  for (let j = 0, p = offset + i * down, q = offset + k * down; j < columns; j++, p += across, q += across) {
    const kept = data[p];
    data[p] = data[q];
    data[q] = kept;
  }
}

function largestBelow({ data, offset, down, across, rows }: Matrix, j: number): number {
  let largest = -1, place = j;
  for (let i = j; i < rows; i++) {
    const size = Math.abs(data[offset + i * down + j * across]);
    if (size > largest) [largest, place] = [size, i];
  }
  return place;
}

// Takes multiples of row j from those below, in the columns of the panel.
function eliminate({ data, offset, rows, columns, down }: Matrix, j: number): void {
  const top = offset + j * down, pivot = data[top + j];
  for (let i = j + 1; i < rows; i++) {
    const row = offset + i * down, factor = data[row + j] /= pivot;
    if (factor === 0) continue;
    for (let k = j + 1; k < columns; k++) data[row + k] -= factor * data[top + k];
  }
}

/** Factors in place; pivots are rows counted from 1. Gives the place of the first pivot that is 0 from 1, or 0. */
export function factorLu(a: Matrix, pivots: Float64Array): number {
  const count = Math.min(a.rows, a.columns);
  let failed = 0;
  for (let at = 0; at < count; at += BLOCK) {
    const size = Math.min(BLOCK, count - at),
      end = at + size,
      [rows, columns] = [a.rows - end, a.columns - end];
    const panel = block(a, at, at, a.rows - at, size);
    for (let j = 0; j < size; j++) {
      const place = largestBelow(panel, j);
      pivots[at + j] = at + place + 1;
      swapRows(a, at + j, at + place);
      if (panel.data[panel.offset + j * panel.down + j] !== 0) eliminate(panel, j);
      else failed ||= at + j + 1;
    }
    const right = block(a, at, end, size, columns);
    solveLower(block(a, at, at, size, size), right, true);
    subtractProduct(block(a, end, end, rows, columns), block(a, end, at, rows, size), right);
  }
  return failed;
}

/** The kernel of `lu`: factors in one matrix, row exchanges, and which pivot is 0. */
export function lu(
  [x]: readonly HostElements[],
  [factors, pivots, info]: readonly HostElements[],
  { refuses }: LuAttributes,
): void {
  factors.data.set(x.data);
  const count = pivots.shape.at(-1)!;
  matricesOf(factors).forEach((a, i) => {
    const failed = info.data[i] = factorLu(a, pivots.data.subarray(i * count, (i + 1) * count));
    if (failed === 0 || refuses === "") return;
    throw singular(refuses, x.shape, i, failed);
  });
}

/** How many rows are exchanged. */
export interface PermutationAttributes {
  readonly rows: number;
}

/** The kernel of `luPermutation`: which row comes where by exchanges, and where each went. */
export function permutation(
  [pivots]: readonly HostElements[],
  [order, places]: readonly HostElements[],
  { rows }: PermutationAttributes,
): void {
  const count = pivots.shape.at(-1)!;
  for (let at = 0, p = 0; at < order.data.length; at += rows, p += count) {
    const list = order.data.subarray(at, at + rows).map((_, i) => i);
    for (let i = 0; i < count; i++) {
      const k = pivots.data[p + i] - 1;
      if (!(k >= 0 && k < rows)) throw noRow(k + 1, rows);
      [list[i], list[k]] = [list[k], list[i]];
    }
    order.data.set(list, at);
    list.forEach((from, i) => places.data[at + from] = i);
  }
}

/** Whether it is solved with the transpose. */
export interface LuSolveAttributes {
  readonly adjoint: boolean;
}

const lower = { upper: false, unit: true, left: true }, upper = { upper: true, unit: false, left: true };

/** Solves with factors, or with their transpose, writing what is found over b. */
export function solveFactored(a: Matrix, pivots: Float64Array, b: Matrix, adjoint: boolean): void {
  if (!adjoint) {
    pivots.forEach((row, i) => swapRows(b, i, row - 1));
    solveWith(a, b, lower);
    return solveWith(a, b, upper);
  }
  const turned = transposed(a);
  solveWith(turned, b, { ...upper, upper: false });
  solveWith(turned, b, { ...lower, upper: true });
  for (let i = pivots.length - 1; i >= 0; i--) swapRows(b, i, pivots[i] - 1);
}

/** The kernel of `luSolved`, of inputs the matrix, its factors and pivots, and a right side. */
export function luSolved(
  [, factors, pivots, b]: readonly HostElements[],
  [x]: readonly HostElements[],
  { adjoint }: LuSolveAttributes,
): void {
  x.data.set(b.data);
  const solved = matricesOf(x), count = pivots.shape.at(-1)!;
  matricesOf(factors).forEach((a, i) => {
    solveFactored(a, pivots.data.subarray(i * count, (i + 1) * count), solved[i], adjoint);
  });
}

/** The kernel of `determinant`. */
export function determinant([x]: readonly HostElements[], [det]: readonly HostElements[]): void {
  matricesOf(x).forEach((a, i) => {
    const pivots = new Float64Array(a.rows);
    factorLu(a, pivots);
    det.data[i] = pivots.reduce((product, row, k) => {
      const pivot = a.data[a.offset + k * (a.down + 1)];
      return row === k + 1 ? product * pivot : -product * pivot;
    }, 1);
  });
}

function largestWithin({ data, offset, rows, columns, down, across }: Matrix): readonly [number, number] {
  let largest = -1, row = 0, column = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0, p = offset + i * down; j < columns; j++, p += across) {
      const size = Math.abs(data[p]);
      if (size > largest) [largest, row, column] = [size, i, j];
    }
  }
  return [row, column];
}

function exchange(list: Float64Array, i: number, k: number): number {
  if (i === k) return 1;
  [list[i], list[k]] = [list[k], list[i]];
  return -1;
}

/** The kernel of `pivotOrder`: orders of rows and of columns, the largest pivots first; their sign; the last pivot but two. */
export function pivotOrder([x]: readonly HostElements[], outputs: readonly HostElements[]): void {
  const n = x.shape.at(-1)!, [rowOrder, columnOrder, sign, last] = outputs.map(({ data }) => data);
  matricesOf(x).forEach((a, at) => {
    const [rows, columns] = [rowOrder, columnOrder].map((all) => all.subarray(at * n, (at + 1) * n));
    for (let i = 0; i < n; i++) rows[i] = columns[i] = i;
    sign[at] = 1;
    for (let k = 0; k < n; k++) {
      const rest = block(a, k, k, n - k, n - k), [i, j] = largestWithin(rest);
      swapRows(a, k, k + i);
      swapRows(transposed(a), k, k + j);
      sign[at] *= exchange(rows, k, k + i) * exchange(columns, k, k + j);
      if (a.data[rest.offset] === 0) break;
      eliminate(rest, 0);
    }
    last[at] = n < 3 ? 1 : a.data[a.offset + (n - 3) * (n + 1)];
  });
}
