/**
 * Householder reflectors `H = I - τ v vᵀ` with `v[0] = 1`, as LAPACK has them: of matrices `[m, n]` in rows, whose
 * lower triangle, without its diagonal, holds the vectors.
 */
import type { MatrixRoutines } from "../../../device/matrix_routines.ts";
import { JOINED, reflectTogether } from "./blocked_reflectors.ts";
import { block, type Matrix } from "./matrix.ts";

/** The Euclidean length of `count` elements from `start`, `step` apart, without overflow. */
export function length(a: Float64Array, start: number, count: number, step: number): number {
  let largest = 0, total = 0;
  for (let i = 0, at = start; i < count; i++, at += step) {
    const size = Math.abs(a[at]);
    if (!(size <= largest)) largest = size; // a NaN as well
  }
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  for (let i = 0, at = start; i < count; i++, at += step) {
    const part = a[at] / largest;
    total += part * part;
  }
  return largest * Math.sqrt(total);
}

/**
 * Makes elements, `step` apart, into the reflector that sends them to a multiple of the first unit vector: that
 * multiple stands in place of the first, the vector in place of the others. Gives its τ.
 */
export function reflector(a: Float64Array, start: number, count: number, step: number): number {
  const rest = length(a, start + step, count - 1, step);
  if (rest === 0) return 0;
  const first = a[start], whole = Math.hypot(first, rest), sent = first > 0 ? -whole : whole;
  const divisor = first - sent;
  for (let i = 1, at = start + step; i < count; i++, at += step) a[at] /= divisor;
  a[start] = sent;
  return -divisor / sent;
}

/** What a reflector's vector is in a matrix in rows: from `(row, column)` down, 1 first. */
interface Place {
  readonly packed: Float64Array;
  readonly width: number;
  readonly row: number;
  readonly column: number;
}

/** Applies a reflector to rows of a matrix from its row on, in the columns from `from` to `to`. */
export function reflectRows(
  { packed, width, row, column }: Place,
  tau: number,
  target: { readonly a: Float64Array; readonly rows: number; readonly width: number },
  from: number,
  to: number,
): void {
  if (tau === 0 || from >= to) return;
  const { a, rows } = target, sums = new Float64Array(to - from);
  for (let i = row; i < rows; i++) {
    const v = i === row ? 1 : packed[i * width + column], at = i * target.width;
    if (v !== 0) { for (let j = from; j < to; j++) sums[j - from] += v * a[at + j]; }
  }
  for (let i = row; i < rows; i++) {
    const v = tau * (i === row ? 1 : packed[i * width + column]), at = i * target.width;
    if (v !== 0) { for (let j = from; j < to; j++) a[at + j] -= v * sums[j - from]; }
  }
}

/** Factors `[m, n]` in place: R on and above the diagonal, reflectors below it. Gives their τ. */
export function factorQr(a: Float64Array, m: number, n: number, by?: MatrixRoutines): Float64Array {
  const taus = new Float64Array(Math.min(m, n)), target = { a, rows: m, width: n }, all = inRows(a, m, n, by);
  for (let at = 0; at < taus.length; at += JOINED) {
    // What is left of few columns is not worth joining reflectors for.
    const end = n - at < FEW ? taus.length : Math.min(taus.length, at + JOINED),
      last = n - at < FEW ? n : end;
    for (let k = at; k < end; k++) {
      taus[k] = reflector(a, k * n + k, m - k, n);
      reflectRows({ packed: a, width: n, row: k, column: k }, taus[k], target, k + 1, last);
    }
    if (end === taus.length && last === n) break;
    const rest = block(all, at, end, m - at, n - end);
    reflectTogether(block(all, at, at, m - at, end - at), taus.subarray(at, end), rest, true);
  }
  return taus;
}

/** Of fewer columns each reflector is applied by itself. */
const FEW = 3 * JOINED;

function inRows(data: Float64Array, rows: number, columns: number, by?: MatrixRoutines): Matrix {
  return { data, offset: 0, rows, columns, down: columns, across: 1, by };
}

/** The first `columns` columns of the product of the reflectors of a matrix `[m, width]`, in rows. */
export function productOfReflectors(
  packed: Float64Array,
  taus: Float64Array,
  m: number,
  width: number,
  columns: number,
  by?: MatrixRoutines,
): Float64Array {
  const q = new Float64Array(m * columns), target = { a: q, rows: m, width: columns }, count = taus.length;
  for (let i = 0; i < Math.min(m, columns); i++) q[i * columns + i] = 1;
  const all = inRows(packed, m, width), into = inRows(q, m, columns, by), isJoined = count >= FEW;
  for (let at = isJoined ? Math.floor((count - 1) / JOINED) * JOINED : 0; isJoined && at >= 0; at -= JOINED) {
    const end = Math.min(count, at + JOINED), rest = block(into, at, at, m - at, columns - at);
    reflectTogether(block(all, at, at, m - at, end - at), taus.subarray(at, end), rest, false);
  }
  for (let k = isJoined ? -1 : count - 1; k >= 0; k--) {
    reflectRows({ packed, width, row: k, column: k }, taus[k], target, k, columns);
  }
  return q;
}
