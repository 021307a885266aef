/** The kernels of `qr`, `eigh`, `svd` and `eig`: from matrices in a batch to what is made of each. */
import type { HostElements } from "../../../primitives/host.ts";
import { realEigen } from "./eigen.ts";
import { tallSingular } from "./jacobi.ts";
import { countOf } from "./matrix.ts";
import { factorQr, productOfReflectors } from "./reflectors.ts";
import { symmetricEigen } from "./symmetric.ts";

/** How many columns Q has: as many as the matrix's smaller extent, or as rows; or none, R with what makes Q. */
export interface QrAttributes {
  readonly mode: "reduced" | "complete" | "raw";
}

/** Which triangle of a symmetric matrix is read, and whether vectors are wanted. */
export interface EighAttributes {
  readonly upper: boolean;
  readonly vectors: boolean;
}

/** Whether vectors are wanted. */
export interface VectorsAttributes {
  readonly vectors: boolean;
}

/** The i-th matrix, or vector, of a batch of `count`, as it lies there. */
function part({ data }: HostElements, i: number, count: number): Float64Array {
  const size = data.length / count;
  return data.subarray(i * size, (i + 1) * size);
}

/** The kernel of `qr`: Q and R, or in mode raw what is left of the matrix and the factors τ of its reflectors. */
export function qr(
  [x]: readonly HostElements[],
  [first, second]: readonly HostElements[],
  { mode }: QrAttributes,
): void {
  const [m, n] = x.shape.slice(-2), count = countOf(x), columns = first.shape.at(-1)!;
  for (let i = 0; i < count; i++) {
    const a = part(x, i, count).slice(), to = part(second, i, count);
    const taus = x.by?.qr?.(a, m, n) ?? factorQr(a, m, n, x.by);
    if (mode === "raw") {
      part(first, i, count).set(a);
      to.set(taus);
      continue;
    }
    const q = x.by?.reflected?.(a, taus, [m, n, columns]) ??
      productOfReflectors(a, taus, m, n, columns, x.by);
    part(first, i, count).set(q);
    for (let k = 0; k < Math.min(m, n); k++) to.set(a.subarray(k * n + k, (k + 1) * n), k * n + k);
  }
}

function hasOnlyNumbers(a: Float64Array): boolean {
  return a.every(Number.isFinite);
}

/** Powers of two that bring numbers so large or small that their squares would be lost to a middle size, else 1. */
function scaleOf(a: Float64Array): number {
  const largest = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return largest === 0 || (largest > 1e-100 && largest < 1e100) ? 1 : 2 ** Math.floor(Math.log2(largest));
}

function scaled(a: Float64Array, by: number): Float64Array {
  return by === 1 ? a.slice() : a.map((x) => x / by);
}

function turnedInto(to: Float64Array, from: Float64Array, rows: number, columns: number): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
}

/** The kernel of `eigh`: eigenvalues, ascending, and vectors; NaN where there is no finite matrix. */
export function eigh(
  [x]: readonly HostElements[],
  [values, vectors]: readonly HostElements[],
  { upper, vectors: wanted }: EighAttributes,
): void {
  const n = x.shape.at(-1)!, count = countOf(x);
  for (let i = 0; i < count; i++) {
    const a = mirrored(part(x, i, count), n, upper), by = scaleOf(a);
    if (!hasOnlyNumbers(a)) {
      for (const output of [values, vectors]) part(output, i, count).fill(NaN);
      continue;
    }
    const whole = scaled(a, by);
    const found = x.by?.symmetric?.(whole, n, wanted) ?? symmetricEigen(whole, n, wanted);
    part(values, i, count).set(found.values.map((value) => value * by));
    if (found.vectors) turnedInto(part(vectors, i, count), found.vectors, n, n);
  }
}

function mirrored(a: Float64Array, n: number, upper: boolean): Float64Array {
  const whole = a.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const [read, written] = upper ? [j * n + i, i * n + j] : [i * n + j, j * n + i];
      whole[written] = whole[read];
    }
  }
  return whole;
}

/** The kernel of `svd`: U, singular values, descending, and Vᵀ; NaN where there is no finite matrix. */
export function svd(
  [x]: readonly HostElements[],
  outputs: readonly HostElements[],
  { vectors }: VectorsAttributes,
): void {
  const [m, n] = x.shape.slice(-2), k = Math.min(m, n), count = countOf(x);
  for (let i = 0; i < count; i++) {
    const a = part(x, i, count),
      [u, s, vh] = outputs.map((output) => part(output, i, count)),
      by = scaleOf(a);
    if (!hasOnlyNumbers(a)) {
      for (const output of [u, s, vh]) output.fill(NaN);
      continue;
    }
    const tall = scaled(a, by);
    if (m < n) turnedInto(tall, a.map((value) => value / by), m, n);
    const found = x.by?.singular?.(tall, Math.max(m, n), k, vectors) ??
      tallSingular(tall, Math.max(m, n), k, vectors);
    s.set(found.values.map((value) => value * by));
    if (!found.vectors || !found.right) continue;
    turnedInto(u, m < n ? found.right : found.vectors, k, m);
    vh.set(m < n ? found.vectors : found.right);
  }
}

/** The kernel of `eig`: pairs of real and imaginary parts; NaN where there is no finite matrix. */
export function eig(
  [x]: readonly HostElements[],
  outputs: readonly HostElements[],
  { vectors: wanted }: VectorsAttributes,
): void {
  const n = x.shape.at(-1)!, count = countOf(x);
  for (let i = 0; i < count; i++) {
    const a = part(x, i, count),
      [values, vectors] = outputs.map((output) => part(output, i, count)),
      by = scaleOf(a);
    if (!hasOnlyNumbers(a)) {
      for (const output of [values, vectors]) output.fill(NaN);
      continue;
    }
    const whole = scaled(a, by), found = x.by?.eigen?.(whole, n, wanted) ?? realEigen(whole, n, wanted);
    for (let k = 0; k < n; k++) values.set([found.values.re[k] * by, found.values.im[k] * by], 2 * k);
    if (!found.vectors) continue;
    const { re, im } = found.vectors;
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < n; j++) vectors.set([re[k * n + j], im[k * n + j]], 2 * (j * n + k));
    }
  }
}
