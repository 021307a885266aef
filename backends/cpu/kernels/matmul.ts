/** Matrix products: packed panels and a 4 × 4 register tile for large ones, plain loops for small ones. */
import { hostArray, isFloating, sizeOf, type TypedArray, type View } from "@tapegrad/core/backend";
import { reshaped } from "../../common/views.ts";
import { eachOuter, walkOf } from "../../common/walk.ts";
import { elementsOf } from "../loops.ts";

/** Below this many multiplications packing does not pay. */
const SMALL = 12_000;
/** Rows and columns of the register tile. */
const TILE = 4;
/** How much of the inner extent is packed at a time, so that panels stay in cache. */
const DEPTH = 256;

interface Matrix {
  readonly data: TypedArray;
  readonly start: number;
  readonly row: number;
  readonly column: number;
}

/** `output = a × b` over the last two axes, batched over the others. */
export function matmul(a: View, b: View, output: View): void {
  const rank = output.shape.length, lead = output.shape.slice(0, -2);
  const [m, n] = output.shape.slice(-2), k = a.shape[rank - 1];
  const batch = walkOf([a, b, output].map((v) => reshaped(v, lead, v.strides.slice(0, -2))), lead);
  const multiply = chooseProduct(output, m, n, k);
  eachOuter(batch, 0, (at) => {
    const [x, y, z] = [a, b, output].map((v, i): Matrix => ({
      data: elementsOf(v),
      start: at[i],
      row: v.strides[rank - 2],
      column: v.strides[rank - 1],
    }));
    multiply(x, y, z, m, n, k);
  });
}

type Product = (a: Matrix, b: Matrix, out: Matrix, m: number, n: number, k: number) => void;

function chooseProduct(output: View, m: number, n: number, k: number): Product {
  if (!isFloating(output.dtype)) return integerProduct;
  return m * n * k <= SMALL || sizeOf([m, n]) < TILE * TILE ? plainProduct : packedProduct;
}

function plainProduct(a: Matrix, b: Matrix, out: Matrix, m: number, n: number, k: number): void {
  const x = a.data, y = b.data, z = out.data;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0, p = a.start + i * a.row, q = b.start + j * b.column;
      for (let l = 0; l < k; l++, p += a.column, q += b.row) sum += x[p] * y[q];
      z[out.start + i * out.row + j * out.column] = sum;
    }
  }
}

function integerProduct(a: Matrix, b: Matrix, out: Matrix, m: number, n: number, k: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0, p = a.start + i * a.row, q = b.start + j * b.column;
      for (let l = 0; l < k; l++, p += a.column, q += b.row) {
        sum = (sum + Math.imul(a.data[p], b.data[q])) | 0;
      }
      out.data[out.start + i * out.row + j * out.column] = sum;
    }
  }
}

function packedProduct(a: Matrix, b: Matrix, out: Matrix, m: number, n: number, k: number): void {
  const rows = Math.ceil(m / TILE) * TILE, columns = Math.ceil(n / TILE) * TILE;
  const wide = Math.min(k, DEPTH);
  const like = out.data instanceof Float64Array ? Float64Array : Float32Array;
  const left = new like(rows * wide), right = new like(columns * wide);
  // Sums over the whole inner extent stay in double precision between panels.
  const totals = k > DEPTH ? hostArray("f64", rows * columns) as Float64Array : null;
  for (let from = 0; from < k; from += DEPTH) {
    const depth = Math.min(DEPTH, k - from);
    pack(left, a.data, a.start + from * a.column, a.row, a.column, m, depth);
    pack(right, b.data, b.start + from * b.row, b.column, b.row, n, depth);
    multiplyPanels(left, right, depth, m, n, out, totals, columns);
  }
  if (totals) store(totals, columns, out, m, n);
}

// Lines of the matrix, four at a time, element by element next to each other; missing lines are zero.
function pack(
  panel: TypedArray,
  data: TypedArray,
  start: number,
  line: number,
  step: number,
  lines: number,
  depth: number,
): void {
  let to = 0;
  for (let i = 0; i < lines; i += TILE) {
    if (i + TILE <= lines) {
      let p0 = start + i * line, p1 = p0 + line, p2 = p1 + line, p3 = p2 + line;
      for (let l = 0; l < depth; l++, to += TILE) {
        panel[to] = data[p0];
        panel[to + 1] = data[p1];
        panel[to + 2] = data[p2];
        panel[to + 3] = data[p3];
        p0 += step;
        p1 += step;
        p2 += step;
        p3 += step;
      }
    } else {
      for (let l = 0; l < depth; l++) {
        for (let t = 0; t < TILE; t++) {
          panel[to++] = i + t < lines ? data[start + (i + t) * line + l * step] : 0;
        }
      }
    }
  }
}

const tile = new Float64Array(TILE * TILE);

function multiplyPanels(
  left: TypedArray,
  right: TypedArray,
  depth: number,
  m: number,
  n: number,
  out: Matrix,
  totals: Float64Array | null,
  columns: number,
): void {
  for (let j = 0; j < n; j += TILE) {
    for (let i = 0; i < m; i += TILE) {
      multiplyTile(left, i * depth, right, j * depth, depth);
      const height = Math.min(TILE, m - i), width = Math.min(TILE, n - j);
      for (let r = 0; r < height; r++) {
        for (let c = 0; c < width; c++) {
          if (totals) totals[(i + r) * columns + j + c] += tile[r * TILE + c];
          else out.data[out.start + (i + r) * out.row + (j + c) * out.column] = tile[r * TILE + c];
        }
      }
    }
  }
}

// Sixteen sums that the compiler keeps in registers.
function multiplyTile(left: TypedArray, p: number, right: TypedArray, q: number, depth: number): void {
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0, c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  for (let l = 0; l < depth; l++, p += TILE, q += TILE) {
    const b0 = right[q], b1 = right[q + 1], b2 = right[q + 2], b3 = right[q + 3];
    let x = left[p];
    c00 += x * b0;
    c01 += x * b1;
    c02 += x * b2;
    c03 += x * b3;
    x = left[p + 1];
    c10 += x * b0;
    c11 += x * b1;
    c12 += x * b2;
    c13 += x * b3;
    x = left[p + 2];
    c20 += x * b0;
    c21 += x * b1;
    c22 += x * b2;
    c23 += x * b3;
    x = left[p + 3];
    c30 += x * b0;
    c31 += x * b1;
    c32 += x * b2;
    c33 += x * b3;
  }
  tile[0] = c00;
  tile[1] = c01;
  tile[2] = c02;
  tile[3] = c03;
  tile[4] = c10;
  tile[5] = c11;
  tile[6] = c12;
  tile[7] = c13;
  tile[8] = c20;
  tile[9] = c21;
  tile[10] = c22;
  tile[11] = c23;
  tile[12] = c30;
  tile[13] = c31;
  tile[14] = c32;
  tile[15] = c33;
}

function store(totals: Float64Array, columns: number, out: Matrix, m: number, n: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      out.data[out.start + i * out.row + j * out.column] = totals[i * columns + j];
    }
  }
}
