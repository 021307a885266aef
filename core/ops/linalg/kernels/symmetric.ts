/** Eigenvalues and vectors of symmetric matrices: Householder's tridiagonal form, then implicit QL steps. */
import { productOfReflectors, reflector } from "./reflectors.ts";

/** A tridiagonal matrix, and the orthogonal one, its columns in rows, that leads there. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Beside the diagonal, one for each row but the last, which has 0. */
  readonly beside: Float64Array;
  readonly vectors: Float64Array | null;
}

/** The eigenvalues, ascending, and the vectors in rows, of a symmetric matrix `[n, n]`, which is written over. */
export function symmetricEigen(
  a: Float64Array,
  n: number,
  wantsVectors: boolean,
): { readonly values: Float64Array; readonly vectors: Float64Array | null } {
  const form = tridiagonal(a, n, wantsVectors);
  implicitQl(form, n);
  return ascending(form, n);
}

function tridiagonal(a: Float64Array, n: number, wantsVectors: boolean): Tridiagonal {
  const diagonal = new Float64Array(n),
    beside = new Float64Array(n),
    taus = new Float64Array(Math.max(0, n - 1));
  for (let k = 0; k + 1 < n; k++) {
    taus[k] = reflector(a, (k + 1) * n + k, n - k - 1, n);
    beside[k] = a[(k + 1) * n + k];
    if (taus[k] !== 0) reflectBothSides(a, n, k, taus[k]);
  }
  for (let k = 0; k < n; k++) diagonal[k] = a[k * n + k];
  return { diagonal, beside, vectors: wantsVectors ? leading(a, taus, n) : null };
}

// A ← H A H below and right of (k, k), by A - v wᵀ - w vᵀ.
function reflectBothSides(a: Float64Array, n: number, k: number, tau: number): void {
  const from = k + 1, v = new Float64Array(n), w = new Float64Array(n);
  for (let i = from; i < n; i++) v[i] = i === from ? 1 : a[i * n + k];
  let inner = 0;
  for (let i = from; i < n; i++) {
    let total = 0;
    for (let j = from; j < n; j++) total += a[i * n + j] * v[j];
    inner += (w[i] = tau * total) * v[i];
  }
  for (let i = from; i < n; i++) w[i] -= tau / 2 * inner * v[i];
  for (let i = from; i < n; i++) {
    const vi = v[i], wi = w[i], at = i * n;
    for (let j = from; j < n; j++) a[at + j] -= vi * w[j] + wi * v[j];
  }
}

// The product of the reflectors, which begin one row below the diagonal, transposed.
function leading(a: Float64Array, taus: Float64Array, n: number): Float64Array {
  const vectors = new Float64Array(n * n);
  if (n === 0) return vectors;
  vectors[0] = 1;
  const inner = n - 1, q = productOfReflectors(withoutFirst(a, n), taus, inner, inner, inner);
  for (let i = 0; i < inner; i++) {
    for (let j = 0; j < inner; j++) vectors[(j + 1) * n + i + 1] = q[i * inner + j];
  }
  return vectors;
}

// Without the first row and the last column, in which reflectors lie below the diagonal as those of a QR do.
function withoutFirst(a: Float64Array, n: number): Float64Array {
  const inner = n - 1, packed = new Float64Array(inner * inner);
  for (let i = 0; i < inner; i++) {
    packed.set(a.subarray((i + 1) * n, (i + 1) * n + inner), i * inner);
  }
  return packed;
}

/** How often a step is tried for one eigenvalue before what is there is taken, as it is where there is a NaN. */
const TRIES = 60;

// EISPACK's tql2 (Bowdler, Martin, Reinsch, Wilkinson), with rotations of rows.
function implicitQl({ diagonal: d, beside: e, vectors }: Tridiagonal, n: number): void {
  let shift = 0, largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]) + Math.abs(e[l]));
    let m = l;
    while (m < n - 1 && Math.abs(e[m]) > Number.EPSILON * largest) m++;
    for (let tries = 0; m > l && tries < TRIES; tries++) {
      shift += shifted(d, e, l, n);
      sweep(d, e, l, m, vectors, n);
      if (!(Math.abs(e[l]) > Number.EPSILON * largest)) break;
    }
    d[l] += shift;
    e[l] = 0;
  }
}

// Takes the shift off the diagonal.
function shifted(d: Float64Array, e: Float64Array, l: number, n: number): number {
  const first = d[l], p = (d[l + 1] - first) / (2 * e[l]), r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
  d[l] = e[l] / (p + r);
  d[l + 1] = e[l] * (p + r);
  const by = first - d[l];
  for (let i = l + 2; i < n; i++) d[i] -= by;
  return by;
}

function sweep(
  d: Float64Array,
  e: Float64Array,
  l: number,
  m: number,
  vectors: Float64Array | null,
  n: number,
): void {
  const second = d[l + 1], next = e[l + 1];
  let p = d[m], c = 1, c2 = 1, c3 = 1, s = 0, s2 = 0;
  for (let i = m - 1; i >= l; i--) {
    [c3, c2, s2] = [c2, c, s];
    const g = c * e[i], h = c * p, r = Math.hypot(p, e[i]);
    e[i + 1] = s * r;
    s = e[i] / r;
    c = p / r;
    p = c * d[i] - s * g;
    d[i + 1] = h + s * (c * g + s * d[i]);
    if (vectors) rotateRows(vectors, i * n, (i + 1) * n, n, c, s);
  }
  p = -s * s2 * c3 * next * e[l] / second;
  e[l] = s * p;
  d[l] = c * p;
}

/** Rows `p` and `q` become `c p - s q` and `s p + c q`. */
export function rotateRows(a: Float64Array, p: number, q: number, count: number, c: number, s: number): void {
  for (let k = 0; k < count; k++) {
    const x = a[p + k], y = a[q + k];
    a[q + k] = s * x + c * y;
    a[p + k] = c * x - s * y;
  }
}

function ascending({ diagonal, vectors }: Tridiagonal, n: number): ReturnType<typeof symmetricEigen> {
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i] - diagonal[j]);
  const sorted = vectors && new Float64Array(n * n);
  order.forEach((from, to) => sorted?.set(vectors!.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (i) => diagonal[i]), vectors: sorted };
}
