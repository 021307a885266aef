/** Matrices within runs of elements on the host, and their products. */
import type { HostMatrix, MatrixRoutines } from "../../../device/matrix_routines.ts";
import type { HostElements } from "../../../primitives/host.ts";

/** A matrix within a run of elements. */
export interface Matrix extends HostMatrix {
  /** What computes with it where anything faster than loops does. */
  readonly by?: MatrixRoutines;
}

/** Columns that are factored before the rest is multiplied. */
export const BLOCK = 48;

/** A matrix of its own, of zeros. */
export function matrix(rows: number, columns: number, by?: MatrixRoutines): Matrix {
  const data = new Float64Array(rows * columns);
  return { data, offset: 0, rows, columns, down: columns, across: 1, by };
}

/** How many matrices there are. */
export function countOf({ shape }: HostElements): number {
  return shape.slice(0, -2).reduce((product, n) => product * n, 1);
}

/** The matrices of elements whose last axes are theirs. */
export function matricesOf(elements: HostElements): Matrix[] {
  const { data, shape, by } = elements, [rows, columns] = shape.slice(-2);
  return Array.from({ length: countOf(elements) }, (_, i) => ({
    data,
    offset: i * rows * columns,
    rows,
    columns,
    down: columns,
    across: 1,
    by,
  }));
}

/** Part of a matrix. */
export function block(a: Matrix, row: number, column: number, rows: number, columns: number): Matrix {
  return { ...a, offset: a.offset + row * a.down + column * a.across, rows, columns };
}

/** The same elements with rows and columns exchanged. */
export function transposed({ rows, columns, down, across, ...rest }: Matrix): Matrix {
  return { ...rest, rows: columns, columns: rows, down: across, across: down };
}

/** The same elements, the last row first. */
export function upsideDown(a: Matrix): Matrix {
  return { ...a, offset: a.offset + (a.rows - 1) * a.down, down: -a.down };
}

/** The same elements, the last one first, which makes an upper triangle a lower one. */
export function reversed(a: Matrix): Matrix {
  return transposed(upsideDown(transposed(upsideDown(a))));
}

/** Copies elements from one matrix to another of its extents. */
export function copyTo(a: Matrix, b: Matrix): void {
  for (let i = 0; i < a.rows; i++) {
    let p = a.offset + i * a.down, q = b.offset + i * b.down;
    for (let j = 0; j < a.columns; j++, p += a.across, q += b.across) b.data[q] = a.data[p];
  }
}

// Rows in strips of four, element by element; what is missing of the last strip is 0.
function strips(a: Matrix): Float64Array {
  const { data, rows, columns, down, across } = a, packed = new Float64Array((rows + 3 >> 2) * 4 * columns);
  for (let i = 0; i < rows; i++) {
    let p = a.offset + i * down, q = (i >> 2) * 4 * columns + (i & 3);
    for (let j = 0; j < columns; j++, p += across, q += 4) packed[q] = data[p];
  }
  return packed;
}

function store(tile: Float64Array, at: number, a: number, b: number, c: number, d: number): void {
  tile[at] = a;
  tile[at + 1] = b;
  tile[at + 2] = c;
  tile[at + 3] = d;
}

// The product of a strip of four rows, from p on, and one of four columns, from q on.
function multiply(
  x: Float64Array,
  p: number,
  y: Float64Array,
  q: number,
  n: number,
  tile: Float64Array,
): void {
  let aa = 0, ab = 0, ac = 0, ad = 0, ba = 0, bb = 0, bc = 0, bd = 0;
  let ca = 0, cb = 0, cc = 0, cd = 0, da = 0, db = 0, dc = 0, dd = 0;
  for (const end = p + 4 * n; p < end; p += 4, q += 4) {
    const a = x[p], b = x[p + 1], c = x[p + 2], d = x[p + 3];
    const e = y[q], f = y[q + 1], g = y[q + 2], h = y[q + 3];
    aa += a * e;
    ab += a * f;
    ac += a * g;
    ad += a * h;
    ba += b * e;
    bb += b * f;
    bc += b * g;
    bd += b * h;
    ca += c * e;
    cb += c * f;
    cc += c * g;
    cd += c * h;
    da += d * e;
    db += d * f;
    dc += d * g;
    dd += d * h;
  }
  store(tile, 0, aa, ab, ac, ad);
  store(tile, 4, ba, bb, bc, bd);
  store(tile, 8, ca, cb, cc, cd);
  store(tile, 12, da, db, dc, dd);
}

function subtractTile(c: Matrix, tile: Float64Array): void {
  for (let i = 0; i < c.rows; i++) {
    let p = c.offset + i * c.down;
    for (let j = 0; j < c.columns; j++, p += c.across) c.data[p] -= tile[4 * i + j];
  }
}

/** `c -= a·b`. */
export function subtractProduct(c: Matrix, a: Matrix, b: Matrix): void {
  const { rows, columns } = c, n = a.columns;
  if (rows === 0 || columns === 0 || n === 0) return;
  if (c.by?.subtractProduct?.(c, a, b)) return;
  const left = strips(a), right = strips(transposed(b)), tile = new Float64Array(16);
  for (let i = 0; i < rows; i += 4) {
    for (let j = 0; j < columns; j += 4) {
      multiply(left, i * n, right, j * n, n, tile);
      subtractTile(block(c, i, j, Math.min(4, rows - i), Math.min(4, columns - j)), tile);
    }
  }
}

/** The inner product of rows of two matrices, of n elements. */
export function dot(a: Matrix, i: number, b: Matrix, j: number, n: number): number {
  let sum = 0;
  for (let k = 0, p = a.offset + i * a.down, q = b.offset + j * b.down; k < n; k++) {
    sum += a.data[p] * b.data[q];
    p += a.across;
    q += b.across;
  }
  return sum;
}
