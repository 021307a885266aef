/** Eigenvalues and vectors of real matrices, complex ones in pairs. */
import { length } from "./reflectors.ts";
import { realSchur, type Schur } from "./schur.ts";

/** Eigenvalues, and the vectors in rows, as their real and imaginary parts. */
export interface Eigen {
  readonly values: Complex;
  readonly vectors: Complex | null;
}

/** Real and imaginary parts. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function complex(length: number): Complex {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** Of a matrix `[n, n]` in rows, which is written over: vectors of length 1, their largest element real. */
export function realEigen(a: Float64Array, n: number, wantsVectors: boolean): Eigen {
  const scales = balance(a, n), schur = realSchur(a, n, wantsVectors), values = complex(n);
  for (let k = 0; k < n; k++) k += valuesAt(schur, k, values) - 1;
  if (!schur.z) return { values, vectors: null };
  const vectors = complex(n * n);
  for (let k = 0; k < n; k++) {
    if (values.im[k] < 0) conjugate(vectors, k, n);
    else writeVector(vectors, k, leadBack(schur, triangularVector(schur, k, values), scales), n);
  }
  return { values, vectors };
}

/** Scales rows and columns, by powers of two, until they are of about one size: LAPACK's gebal without its permutation. */
function balance(a: Float64Array, n: number): Float64Array {
  const scales = new Float64Array(n).fill(1);
  for (let isDone = false; !isDone;) {
    isDone = true;
    for (let i = 0; i < n; i++) {
      const factor = balancing(a, n, i);
      if (factor === 1) continue;
      isDone = false;
      scales[i] *= factor;
      for (let j = 0; j < n; j++) a[i * n + j] /= factor;
      for (let j = 0; j < n; j++) a[j * n + i] *= factor;
    }
  }
  return scales;
}

// By Euclidean lengths, with the diagonal: sums of magnitudes would make some matrices worse (James, Langou and Lowery,
// "On matrix balancing and eigenvector computation", 2014).
function balancing(a: Float64Array, n: number, i: number): number {
  const column = length(a, i, n, n), row = length(a, i * n, n, 1);
  if (!(column > 0 && row > 0)) return 1;
  const factor = 2 ** Math.round(Math.log2(row / column) / 2);
  return column * factor + row / factor < 0.95 * (column + row) ? factor : 1;
}

// Writes the eigenvalue at a place of the diagonal, or two of a block, and gives how many.
function valuesAt({ n, t }: Schur, k: number, { re, im }: Complex): number {
  re[k] = t[k * n + k];
  const c = k + 1 < n ? t[(k + 1) * n + k] : 0;
  if (c === 0) return 1;
  const d = t[(k + 1) * n + k + 1], half = (re[k] - d) / 2, square = half * half + t[k * n + k + 1] * c;
  re[k] = re[k + 1] = d + half;
  im[k] = Math.sqrt(-square);
  im[k + 1] = -im[k];
  return 2;
}

type Number2 = readonly [re: number, im: number];

function times([a, b]: Number2, [c, d]: Number2): Number2 {
  return [a * c - b * d, a * d + b * c];
}

function less([a, b]: Number2, [c, d]: Number2): Number2 {
  return [a - c, b - d];
}

function quotient([a, b]: Number2, [c, d]: Number2): Number2 {
  const size = Math.max(Math.abs(c), Math.abs(d)),
    x = c / size,
    y = d / size,
    square = (x * x + y * y) * size;
  return [(a * x + b * y) / square, (b * x - a * y) / square];
}

// The vector of T for the eigenvalue at k, which is 0 behind its own block.
function triangularVector({ n, t }: Schur, k: number, { re, im }: Complex): Complex {
  const x = complex(n),
    value: Number2 = [re[k], im[k]],
    tiny = Number.EPSILON * largestOf(t) || Number.MIN_VALUE;
  const minus = (i: number): Number2 => nonzero(less([t[i * n + i], 0], value), tiny);
  const put = (i: number, [a, b]: Number2) => {
    x.re[i] = a;
    x.im[i] = b;
  };
  put(k, [1, 0]);
  const end = im[k] === 0 ? k : k + 1;
  if (end > k) put(end, quotient(less(value, [t[k * n + k], 0]), [t[k * n + end], 0]));
  for (let i = k - 1; i >= 0; i--) {
    const c = i > 0 ? t[i * n + i - 1] : 0, below = rest(t, n, i, i + 1, end, x);
    if (c === 0) put(i, quotient(below, minus(i)));
    else {
      const b = t[(i - 1) * n + i],
        above = rest(t, n, i - 1, i + 1, end, x),
        [p, q] = [minus(i - 1), minus(i)];
      const determinant = nonzero(less(times(p, q), [b * c, 0]), tiny * tiny);
      put(i - 1, quotient(less(times(above, q), [b * below[0], b * below[1]]), determinant));
      put(i, quotient(less(times(p, below), [c * above[0], c * above[1]]), determinant));
      i--;
    }
    keepFinite(x, i, end);
  }
  return x;
}

function largestOf(a: Float64Array): number {
  return a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

// Equal eigenvalues are taken for a little different, as LAPACK does.
function nonzero(value: Number2, tiny: number): Number2 {
  return Math.abs(value[0]) + Math.abs(value[1]) < tiny ? [tiny, 0] : value;
}

// Less the sum of what is known of the vector, times a row.
function rest(
  t: Float64Array,
  n: number,
  row: number,
  from: number,
  to: number,
  { re, im }: Complex,
): Number2 {
  let a = 0, b = 0;
  for (let j = from; j <= to; j++) {
    a -= t[row * n + j] * re[j];
    b -= t[row * n + j] * im[j];
  }
  return [a, b];
}

function keepFinite({ re, im }: Complex, at: number, end: number): void {
  const size = Math.max(Math.abs(re[at]), Math.abs(im[at]));
  if (!(size > 1e100)) return;
  for (let j = at; j <= end; j++) {
    re[j] /= size;
    im[j] /= size;
  }
}

// From the Schur form to the matrix before it was balanced.
function leadBack({ n, z }: Schur, x: Complex, scales: Float64Array): Complex {
  const v = complex(n);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      v.re[i] += z![k * n + i] * scales[i] * x.re[k];
      v.im[i] += z![k * n + i] * scales[i] * x.im[k];
    }
  }
  return v;
}

// Divides by the length and turns the largest element to the real axis.
function writeVector(vectors: Complex, k: number, { re, im }: Complex, n: number): void {
  let best = 0;
  const isComplex = im.some((x) => x !== 0), sizes = re.map((x, i) => Math.hypot(x, im[i]));
  for (let i = 1; i < n; i++) if (sizes[i] > sizes[best]) best = i;
  const whole = Math.hypot(...sizes);
  const turn: Number2 = isComplex
    ? [re[best] / sizes[best] / whole, -im[best] / sizes[best] / whole]
    : [1 / whole, 0];
  for (let i = 0; i < n; i++) [vectors.re[k * n + i], vectors.im[k * n + i]] = times([re[i], im[i]], turn);
  if (isComplex) vectors.im[k * n + best] = 0;
}

function conjugate({ re, im }: Complex, k: number, n: number): void {
  for (let i = 0; i < n; i++) {
    re[k * n + i] = re[(k - 1) * n + i];
    im[k * n + i] = -im[(k - 1) * n + i];
  }
}
