/** Factors of symmetric matrices that need not be definite: Bunch and Kaufman's pivots, as LAPACK has them. */
import { showShape } from "../../../base/errors.ts";
import type { HostElements } from "../../../primitives/host.ts";
import { placeOf } from "../faults.ts";
import { LinAlgError } from "../lin_alg_error.ts";
import type { CheckAttributes } from "./cholesky.ts";
import { swapRows } from "./lu.ts";
import { matricesOf, type Matrix } from "./matrix.ts";

/** What bounds the growth of elements best: (1 + √17)/8. */
const BOUND = (1 + /* @__PURE__ */ Math.sqrt(17)) / 8;

function largest(
  n: number,
  from: number,
  size: (i: number) => number,
): readonly [place: number, size: number] {
  let place = from, most = -1;
  for (let i = from; i < n; i++) {
    const each = size(i);
    if (each > most) [place, most] = [i, each];
  }
  return [place, Math.max(most, 0)];
}

// Where the pivot of step k comes from, and whether it is of two rows.
function pivotAt(
  { data, rows: n, down }: Matrix,
  k: number,
  offset: number,
): readonly [place: number, isPair: boolean] {
  const at = (i: number, j: number) => Math.abs(data[offset + Math.max(i, j) * down + Math.min(i, j)]);
  const own = at(k, k), [row, most] = largest(n, k + 1, (i) => at(i, k));
  if (own >= BOUND * most) return [k, false];
  const beside = Math.max(
    ...[largest(row, k, (j) => at(row, j)), largest(n, row + 1, (i) => at(i, row))].map((x) => x[1]),
  );
  if (own * beside >= BOUND * most * most) return [k, false];
  return at(row, row) >= BOUND * beside ? [row, false] : [row, true];
}

// Rows and columns i < k of the lower triangle from column `from` on.
function exchange(a: Matrix, i: number, k: number, from: number): void {
  if (i === k) return;
  const { data, offset, down, rows: n } = a, at = (r: number, c: number) => offset + r * down + c;
  const swap = (p: number, q: number) => [data[p], data[q]] = [data[q], data[p]];
  for (let j = from; j < i; j++) swap(at(i, j), at(k, j));
  for (let j = i + 1; j < k; j++) swap(at(j, i), at(k, j));
  for (let j = k + 1; j < n; j++) swap(at(j, i), at(j, k));
  swap(at(i, i), at(k, k));
}

function eliminateOne({ data, offset, down, rows: n }: Matrix, k: number): void {
  const pivot = data[offset + k * down + k];
  for (let i = n - 1; i > k; i--) {
    const row = offset + i * down, factor = data[row + k] / pivot;
    for (let j = k + 1; j <= i; j++) data[row + j] -= factor * data[offset + j * down + k];
  }
  for (let i = k + 1; i < n; i++) data[offset + i * down + k] /= pivot;
}

function eliminatePair({ data, offset, down, rows: n }: Matrix, k: number): void {
  const row = (i: number) => offset + i * down;
  const b = data[row(k + 1) + k],
    a = data[row(k) + k] / b,
    c = data[row(k + 1) + k + 1] / b,
    scale = (a * c - 1) * b;
  for (let j = k + 2; j < n; j++) {
    const [x, y] = [data[row(j) + k], data[row(j) + k + 1]];
    const first = (c * x - y) / scale, second = (a * y - x) / scale;
    for (let i = j; i < n; i++) data[row(i) + j] -= data[row(i) + k] * first + data[row(i) + k + 1] * second;
    data[row(j) + k] = first;
    data[row(j) + k + 1] = second;
  }
}

// Of a pair both pivots are the row, negative. Gives the place of the first pivot that is 0 from 1, or 0.
function factorLdl(a: Matrix, pivots: Float64Array): number {
  let failed = 0;
  for (let k = 0; k < a.rows;) {
    const [place, isPair] = pivotAt(a, k, a.offset), last = isPair ? k + 1 : k;
    exchange(a, last, place, k);
    for (let i = k; i <= last; i++) pivots[i] = isPair ? -place - 1 : place + 1;
    if (isPair) eliminatePair(a, k);
    else if (a.data[a.offset + k * a.down + k] !== 0) eliminateOne(a, k);
    else failed ||= k + 1;
    k = last + 1;
  }
  return failed;
}

/** The kernel of `ldl`: factors in the lower triangle of one matrix, rows exchanged, and which pivot is 0. */
export function ldl(
  [x]: readonly HostElements[],
  [factors, pivots, info]: readonly HostElements[],
  { check }: CheckAttributes,
): void {
  factors.data.set(x.data);
  const n = x.shape.at(-1)!;
  matricesOf(factors).forEach((a, i) => {
    const failed = info.data[i] = factorLdl(a, pivots.data.subarray(i * n, (i + 1) * n));
    for (let k = 0; k < n; k++) a.data.fill(0, a.offset + k * n + k + 1, a.offset + (k + 1) * n);
    if (failed === 0 || !check) return;
    throw new LinAlgError(
      `Cannot ldlFactor ${showShape(x.shape)}: ${placeOf(x.shape, i)} is singular, pivot ${failed} of its ` +
        "elimination is 0; ldlFactorEx() tells instead",
    );
  });
}

function addRow(x: Matrix, i: number, k: number, factor: number): void {
  if (factor === 0) return;
  for (let j = 0, p = x.offset + i * x.down, q = x.offset + k * x.down; j < x.columns; j++) {
    x.data[p + j] += factor * x.data[q + j];
  }
}

function divideRow(x: Matrix, i: number, pivot: number): void {
  for (let j = 0, p = x.offset + i * x.down; j < x.columns; j++) x.data[p + j] /= pivot;
}

function dividePair(x: Matrix, k: number, [a, b, c]: readonly number[]): void {
  const p = x.offset + k * x.down, q = p + x.down, scale = (a / b) * (c / b) - 1;
  for (let j = 0; j < x.columns; j++) {
    const [u, v] = [x.data[p + j] / b, x.data[q + j] / b];
    x.data[p + j] = (c / b * u - v) / scale;
    x.data[q + j] = (a / b * v - u) / scale;
  }
}

function solveLdl(a: Matrix, pivots: Float64Array, x: Matrix): void {
  const n = a.rows, at = (i: number, j: number) => a.data[a.offset + i * a.down + j];
  for (let k = 0; k < n; k++) {
    const isPair = pivots[k] < 0, last = isPair ? k + 1 : k;
    swapRows(x, last, Math.abs(pivots[k]) - 1);
    for (let i = last + 1; i < n; i++) for (let j = k; j <= last; j++) addRow(x, i, j, -at(i, j));
    if (isPair) dividePair(x, k, [at(k, k), at(k + 1, k), at(k + 1, k + 1)]);
    else divideRow(x, k, at(k, k));
    k = last;
  }
  for (let k = n - 1; k >= 0; k--) {
    const start = pivots[k] < 0 ? k - 1 : k;
    for (let i = k + 1; i < n; i++) for (let j = start; j <= k; j++) addRow(x, j, i, -at(i, j));
    swapRows(x, k, Math.abs(pivots[k]) - 1);
    k = start;
  }
}

/** The kernel of `ldlSolve`. */
export function ldlSolve(
  [factors, pivots, b]: readonly HostElements[],
  [x]: readonly HostElements[],
): void {
  x.data.set(b.data);
  const solved = matricesOf(x), n = pivots.shape.at(-1)!;
  matricesOf(factors).forEach((a, i) => solveLdl(a, pivots.data.subarray(i * n, (i + 1) * n), solved[i]));
}
