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
    for (let i = k + 1; i < n; i++) packed[(i - 1) * inner + k] = a[i * n + k];
    const v = (i: number) => i === k + 1 ? 1 : packed[(i - 1) * inner + k];
    reflectRows({ packed: a, width: n, row: k + 1, column: k }, taus[k], { a, rows: n, width: n }, k + 1, n);
    for (let at = 0; at < n * n; at += n) {
      let total = 0;
      for (let j = k + 1; j < n; j++) total += a[at + j] * v(j);
      for (let j = k + 1; j < n; j++) a[at + j] -= taus[k] * total * v(j);
    }
    for (let i = k + 2; i < n; i++) a[i * n + k] = 0;
  }
  if (!wantsVectors) return null;
  const z = new Float64Array(n * n), q = productOfReflectors(packed, taus, inner, inner, inner);
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
  const tau = reflector(v, 0, v.length, 1), sent = v[0];
  if (tau === 0) return;
  v[0] = 1;
  if (isInside) { for (let i = 0; i < v.length; i++) t[(k + i) * n + k - 1] = i === 0 ? sent : 0; }
  turnRows(t, n, k, v, tau, k);
  for (let i = 0; i <= lowest; i++) {
    let total = 0;
    for (let j = 0; j < v.length; j++) total += t[i * n + k + j] * v[j];
    for (let j = 0; j < v.length; j++) t[i * n + k + j] -= tau * total * v[j];
  }
  if (z) turnRows(z, n, k, v, tau, 0);
}

function turnRows(a: Float64Array, n: number, k: number, v: Float64Array, tau: number, from: number): void {
  for (let j = from; j < n; j++) {
    let total = 0;
    for (let i = 0; i < v.length; i++) total += v[i] * a[(k + i) * n + j];
    for (let i = 0; i < v.length; i++) a[(k + i) * n + j] -= tau * total * v[i];
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
