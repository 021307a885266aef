/**
 * Real Schur forms, and with them eigenvalues of matrices that need not be symmetric: balanced, brought to Hessenberg
 * form, then double QR steps (Francis; EISPACK's hqr2).
 */
import { productOfReflectors, reflector, reflectRows } from "./reflectors.ts";

/** `a = Z T Zᵀ` of `[n, n]` in rows: T is upper triangular but for blocks of two for complex pairs. */
export interface Schur {
  readonly n: number;
  readonly t: Float64Array;
  /** Zᵀ, or null where no vectors are wanted. */
  readonly z: Float64Array | null;
}

/** The real Schur form of a matrix, which is written over. */
export function realSchur(a: Float64Array, n: number, wantsVectors: boolean): Schur {
  const schur = { n, t: a, z: hessenberg(a, n, wantsVectors) };
  for (let last = n - 1, tries = 0; last > 0;) {
    const first = startOfBlock(schur, last);
    if (last - first > 1 && tries < TRIES) {
      francisStep(schur, first, last, tries++);
      continue;
    }
    if (last - first === 1) settlePair(schur, first);
    last = last - first > 1 ? 0 : first - 1;
    tries = 0;
  }
  return schur;
}

/** More steps than an eigenvalue takes; a matrix with a NaN never comes to an end. */
const TRIES = 100;

// Zᵀ of the product of the reflectors that leave nothing below the first subdiagonal.
function hessenberg(a: Float64Array, n: number, wantsVectors: boolean): Float64Array | null {
  const inner = Math.max(0, n - 1), packed = new Float64Array(inner * inner), taus = new Float64Array(inner);
  for (let k = 0; k < n - 2; k++) {
    taus[k] = reflector(a, (k + 1) * n + k, n - k - 1, n);
    const v = new Float64Array(n);
    for (let i = k + 1; i < n; i++) packed[(i - 1) * inner + k] = v[i] = i === k + 1 ? 1 : a[i * n + k];
    const target = { a, rows: n, width: n };
    reflectRows({ packed: a, width: n, row: k + 1, column: k }, taus[k], target, k + 1, n);
    reflectColumns(a, n, v, taus[k], k + 1);
    for (let i = k + 2; i < n; i++) a[i * n + k] = 0;
  }
  return wantsVectors ? turnedBelow(productOfReflectors(packed, taus, inner, inner, inner), n) : null;
}

// A ← A H, of the columns from `from` on, where v begins.
function reflectColumns(a: Float64Array, n: number, v: Float64Array, tau: number, from: number): void {
  for (let at = 0; at < n * n; at += n) {
    let total = 0;
    for (let j = from; j < n; j++) total += a[at + j] * v[j];
    const part = tau * total;
    for (let j = from; j < n; j++) a[at + j] -= part * v[j];
  }
}

// A matrix of one row and column less, transposed, below and right of a 1.
function turnedBelow(q: Float64Array, n: number): Float64Array {
  const z = new Float64Array(n * n), inner = n - 1;
  if (n > 0) z[0] = 1;
  for (let i = 0; i < inner; i++) for (let j = 0; j < inner; j++) z[(j + 1) * n + i + 1] = q[i * inner + j];
  return z;
}

// The row from which on no element below the diagonal is negligible.
function startOfBlock({ n, t }: Schur, last: number): number {
  for (let i = last; i > 0; i--) {
    const beside = Math.abs(t[(i - 1) * (n + 1)]) + Math.abs(t[i * (n + 1)]);
    if (Math.abs(t[i * n + i - 1]) > Number.EPSILON * (beside || largest(t))) continue;
    t[i * n + i - 1] = 0;
    return i;
  }
  return 0;
}

function largest(a: Float64Array): number {
  return a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

// A double step with the eigenvalues of the last two rows as shifts; now and then others, which break cycles.
function francisStep(schur: Schur, first: number, last: number, tries: number): void {
  const { n, t } = schur, at = (i: number, j: number) => t[i * n + j];
  let x = at(last, last), y = at(last - 1, last - 1), w = at(last, last - 1) * at(last - 1, last);
  if (tries % 10 === 9) {
    const size = Math.abs(at(last, last - 1)) + Math.abs(at(last - 1, last - 2));
    x = y = x + 0.75 * size;
    w = -0.4375 * size * size;
  }
  const z = at(first, first), r = x - z, s = y - z;
  let column = [
    (r * s - w) / at(first + 1, first) + at(first, first + 1),
    at(first + 1, first + 1) - z - r - s,
    at(first + 2, first + 1),
  ];
  for (let k = first; k < last; k++) {
    const count = Math.min(3, last - k + 1);
    if (k > first) column = Array.from({ length: count }, (_, i) => at(k + i, k - 1));
    reflectSmall(schur, k, Float64Array.from(column), k > first, Math.min(k + 3, last));
  }
}

// Applies the reflector of two or three elements on both sides, in rows from `k` on.
function reflectSmall(
  { n, t, z }: Schur,
  k: number,
  v: Float64Array,
  isInside: boolean,
  lowest: number,
): void {
  const tau = reflector(v, 0, v.length, 1), count = v.length;
  if (tau === 0) return;
  if (isInside) { for (let i = 0; i < count; i++) t[(k + i) * n + k - 1] = i === 0 ? v[0] : 0; }
  const second = v[1], third = count > 2 ? v[2] : 0, last = count - 1;
  turnRows(t, k * n, n, last, tau, second, third, k, n);
  for (let at = k, end = lowest * n + k; at <= end; at += n) {
    const part = tau * (t[at] + second * t[at + 1] + third * t[at + last]);
    t[at] -= part;
    t[at + 1] -= part * second;
    t[at + last] -= part * third;
  }
  if (z) turnRows(z, k * n, n, last, tau, second, third, 0, n);
}

// Of three rows from `row` on, or of two, of which the last stands for the third as well.
function turnRows(
  a: Float64Array,
  row: number,
  n: number,
  last: number,
  tau: number,
  second: number,
  third: number,
  from: number,
  to: number,
): void {
  for (let p = row + from, q = p + n, r = p + last * n; p < row + to; p++, q++, r++) {
    const part = tau * (a[p] + second * a[q] + third * a[r]);
    a[p] -= part;
    a[q] -= part * second;
    a[r] -= part * third;
  }
}

// Makes a block of two triangular if its eigenvalues are real.
function settlePair({ n, t, z }: Schur, k: number): void {
  const [a, b, c, d] = [t[k * n + k], t[k * n + k + 1], t[(k + 1) * n + k], t[(k + 1) * n + k + 1]];
  const half = (a - d) / 2, square = half * half + b * c;
  if (!(square >= 0)) return;
  const far = half + (half < 0 ? -Math.sqrt(square) : Math.sqrt(square)), size = Math.hypot(c, far);
  const cosine = far / size, sine = c / size;
  for (const rows of z ? [t, z] : [t]) turnPair(rows, k * n, (k + 1) * n, 1, n, cosine, sine);
  turnPair(t, k, k + 1, n, k + 2, cosine, sine);
  t[(k + 1) * n + k] = 0;
}

function turnPair(
  a: Float64Array,
  p: number,
  q: number,
  step: number,
  count: number,
  cosine: number,
  sine: number,
): void {
  for (let i = 0; i < count; i++, p += step, q += step) {
    const x = a[p], y = a[q];
    a[p] = cosine * x + sine * y;
    a[q] = cosine * y - sine * x;
  }
}
