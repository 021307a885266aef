/**
 * Singular values and vectors by one-sided Jacobi rotations of what a QR with pivoting leaves (Drmač and Veselić,
 * "New fast and accurate Jacobi SVD algorithm", 2008): small singular values of graded matrices are accurate too.
 */
import type { HostSpectrum } from "../../../device/matrix_routines.ts";
import { length, productOfReflectors, reflector, reflectRows } from "./reflectors.ts";
import { rotateRows, symmetricEigen } from "./symmetric.ts";

/**
 * The thin form of a matrix `[m, n]`, `m ≥ n`, which is written over: U's columns and V's in rows, `[n, m]` and `[n, n]`
 * for the n singular values, descending.
 */
export function tallSingular(a: Float64Array, m: number, n: number, wantsVectors: boolean): HostSpectrum {
  const { taus, order } = pivotedQr(a, m, n);
  const { rows, turns } = turned(upperOf(a, n), n, wantsVectors);
  orthogonalize(rows, wantsVectors ? turns : null, n);
  const values = Float64Array.from({ length: n }, (_, i) => length(rows, i * n, n, 1));
  const largestFirst = Array.from(values.keys()).sort((i, j) => values[j] - values[i]);
  const sorted = Float64Array.from(largestFirst, (i) => values[i]);
  if (!turns || !wantsVectors) return { values: sorted, vectors: null, right: null };
  const right = permuted(inOrder(normalized(rows, values, n), largestFirst, n), order, n);
  const q = productOfReflectors(a, taus, m, n, n);
  return { values: sorted, vectors: timesTransposed(inOrder(turns, largestFirst, n), q, n, m), right };
}

// Column `order[j]` of the matrix is the j-th that was factored: the longest of what is left each time.
function pivotedQr(a: Float64Array, m: number, n: number): { taus: Float64Array; order: number[] } {
  const taus = new Float64Array(n), order = Array.from({ length: n }, (_, j) => j);
  const target = { a, rows: m, width: n };
  for (let k = 0; k < n; k++) {
    const chosen = longestColumn(a, m, n, k);
    if (chosen !== k) {
      exchangeColumns(a, m, n, k, chosen);
      [order[k], order[chosen]] = [order[chosen], order[k]];
    }
    taus[k] = reflector(a, k * n + k, m - k, n);
    reflectRows({ packed: a, width: n, row: k, column: k }, taus[k], target, k + 1, n);
  }
  return { taus, order };
}

function longestColumn(a: Float64Array, m: number, n: number, k: number): number {
  const totals = new Float64Array(n);
  for (let i = k; i < m; i++) for (let j = k; j < n; j++) totals[j] += a[i * n + j] ** 2;
  let best = k;
  for (let j = k + 1; j < n; j++) if (totals[j] > totals[best]) best = j;
  return best;
}

function exchangeColumns(a: Float64Array, m: number, n: number, p: number, q: number): void {
  for (let at = 0; at < m * n; at += n) [a[at + p], a[at + q]] = [a[at + q], a[at + p]];
}

function upperOf(a: Float64Array, n: number): Float64Array {
  const upper = new Float64Array(n * n);
  for (let i = 0; i < n; i++) upper.set(a.subarray(i * n + i, (i + 1) * n), i * n + i);
  return upper;
}

/** From this extent on rotations take longer than eigenvectors to begin with. */
const MANY = 24;

// Where rows are of about one size, eigenvectors of what they span make them almost orthogonal at once; in a graded
// matrix that would cost the small ones their digits.
function turned(
  rows: Float64Array,
  n: number,
  wantsVectors: boolean,
): { readonly rows: Float64Array; readonly turns: Float64Array | null } {
  if (n < MANY || !(Math.abs(rows[n * n - 1]) > 1e-4 * Math.abs(rows[0]))) {
    return { rows, turns: wantsVectors ? unit(n) : null };
  }
  const { vectors } = symmetricEigen(timesTransposed(rows, rows, n, n), n, true);
  const columns = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) columns[j * n + i] = rows[i * n + j];
  return { rows: timesTransposed(vectors!, columns, n, n), turns: vectors };
}

function unit(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => i % (n + 1) === 0 ? 1 : 0);
}

/** More sweeps than any matrix takes; one with a NaN never comes to an end. */
const SWEEPS = 40;

// Rotates rows, and those of `turns` with them, until each two are orthogonal.
function orthogonalize(rows: Float64Array, turns: Float64Array | null, n: number): void {
  const enough = Number.EPSILON * Math.sqrt(Math.max(n, 1)), squares = new Float64Array(n);
  for (let sweep = 0, isDone = false; !isDone && sweep < SWEEPS; sweep++) {
    isDone = true;
    for (let i = 0; i < n; i++) squares[i] = inner(rows, i * n, i * n, n);
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (rotated(rows, turns, n, p, q, squares, enough)) isDone = false;
      }
    }
  }
}

function inner(a: Float64Array, p: number, q: number, count: number): number {
  let even = 0, odd = 0, k = 0;
  for (; k + 1 < count; k += 2) {
    even += a[p + k] * a[q + k];
    odd += a[p + k + 1] * a[q + k + 1];
  }
  return k < count ? even + odd + a[p + k] * a[q + k] : even + odd;
}

// Whether rows p and q had to be rotated to be orthogonal.
function rotated(
  rows: Float64Array,
  turns: Float64Array | null,
  n: number,
  p: number,
  q: number,
  squares: Float64Array,
  enough: number,
): boolean {
  const product = inner(rows, p * n, q * n, n);
  if (!(Math.abs(product) > enough * Math.sqrt(squares[p]) * Math.sqrt(squares[q]))) return false;
  const zeta = (squares[q] - squares[p]) / (2 * product);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta)), c = 1 / Math.hypot(1, t);
  rotateRows(rows, p * n, q * n, n, c, c * t);
  if (turns) rotateRows(turns, p * n, q * n, n, c, c * t);
  squares[p] -= t * product;
  squares[q] += t * product;
  return true;
}

// Rows divided by their lengths; those of length 0 become unit vectors orthogonal to all others.
function normalized(rows: Float64Array, lengths: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    if (lengths[i] !== 0) { for (let k = 0; k < n; k++) rows[i * n + k] /= lengths[i]; }
  }
  const settled = Array.from(lengths.keys()).filter((i) => lengths[i] !== 0);
  for (let i = 0; i < n; i++) {
    if (lengths[i] !== 0) continue;
    complete(rows, i, settled, n);
    settled.push(i);
  }
  return rows;
}

// Of all unit vectors that which is farthest from what is spanned has a part of at least √(left / n) outside.
function complete(rows: Float64Array, i: number, settled: readonly number[], n: number): void {
  const row = rows.subarray(i * n, (i + 1) * n), outside = new Float64Array(n).fill(1);
  for (const j of settled) for (let k = 0; k < n; k++) outside[k] -= rows[j * n + k] ** 2;
  row[outside.indexOf(Math.max(...outside))] = 1;
  for (let pass = 0; pass < 2; pass++) {
    for (const j of settled) {
      const part = inner(rows, i * n, j * n, n);
      for (let k = 0; k < n; k++) row[k] -= part * rows[j * n + k];
    }
    const size = length(row, 0, n, 1);
    for (let k = 0; k < n; k++) row[k] /= size;
  }
}

function inOrder(rows: Float64Array, order: readonly number[], n: number): Float64Array {
  const sorted = new Float64Array(rows.length);
  order.forEach((from, to) => sorted.set(rows.subarray(from * n, (from + 1) * n), to * n));
  return sorted;
}

// Column j goes to where column `order[j]` of the matrix was.
function permuted(rows: Float64Array, order: readonly number[], n: number): Float64Array {
  const result = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += n) {
    for (let j = 0; j < n; j++) result[at + order[j]] = rows[at + j];
  }
  return result;
}

// x yᵀ of `[n, n]` and `[m, n]`, in rows.
function timesTransposed(x: Float64Array, y: Float64Array, n: number, m: number): Float64Array {
  const product = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let total = 0;
      for (let k = 0; k < n; k++) total += x[i * n + k] * y[j * n + k];
      product[i * m + j] = total;
    }
  }
  return product;
}
