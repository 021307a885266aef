/** Matrix products: packed panels and a 4 × 4 register tile for large ones, plain loops for small ones. */
import { isFloating, sizeOf, type TypedArray, type View } from "@tapegrad/core/backend";
import type { Matrix } from "../../common/matrix.ts";
import { reshaped } from "../../common/views.ts";
import { eachOuter, walkOf } from "../../common/walk.ts";
import { elementsOf } from "../loops.ts";
import type { Multiplier } from "../multiplier.ts";

/** Below this many multiplications packing does not pay. */
export const SMALL = 12_000;
/** Rows and columns of the register tile. */
const TILE = 4;
/** How much of the inner extent is packed at a time, so that panels stay in cache. */
const DEPTH = 256;
/** How many rows and columns of the output at a time, so that their sums and panels stay in the larger cache. */
const BLOCK = 256;

/** `output = a × b` over the last two axes, batched over the others; another multiplier goes first. */
export function matmul(a: View, b: View, output: View, other?: Multiplier): void {
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
    if (!other?.multiply({ a: x, b: y, c: z, m, n, k })) multiply(x, y, z, m, n, k);
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
  const panels = panelsFor(out.data instanceof Float64Array);
  for (let j = 0; j < n; j += BLOCK) {
    const columns = { data: b.data, start: b.start + j * b.column, row: b.row, column: b.column };
    for (let i = 0; i < m; i += BLOCK) {
      const rows = { data: a.data, start: a.start + i * a.row, row: a.row, column: a.column };
      const start = out.start + i * out.row + j * out.column;
      const block = { data: out.data, start, row: out.row, column: out.column };
      blockProduct(panels, rows, columns, block, Math.min(BLOCK, m - i), Math.min(BLOCK, n - j), k);
    }
  }
}

/** What a block is computed in. */
interface Panels {
  readonly left: TypedArray;
  readonly right: TypedArray;
  /** Of the whole inner extent in double precision, tile by tile. */
  readonly sums: Float64Array;
}

const kept: (Panels | undefined)[] = [];

function panelsFor(wide: boolean): Panels {
  const like = wide ? Float64Array : Float32Array, size = BLOCK * DEPTH;
  return kept[Number(wide)] ??= {
    left: new like(size),
    right: new like(size),
    sums: new Float64Array(BLOCK * BLOCK),
  };
}

function blockProduct(
  { left, right, sums }: Panels,
  a: Matrix,
  b: Matrix,
  out: Matrix,
  m: number,
  n: number,
  k: number,
): void {
  sums.fill(0, 0, roundUp(m) * roundUp(n));
  for (let from = 0; from < k; from += DEPTH) {
    const depth = Math.min(DEPTH, k - from);
    pack(left, a.data, a.start + from * a.column, a.row, a.column, m, depth);
    pack(right, b.data, b.start + from * b.row, b.column, b.row, n, depth);
    let to = 0;
    for (let j = 0; j < n; j += TILE) {
      for (let i = 0; i < m; i += TILE, to += TILE * TILE) {
        addTile(left, i * depth, right, j * depth, depth, sums, to);
      }
    }
  }
  store(sums, out, m, n);
}

function roundUp(extent: number): number {
  return Math.ceil(extent / TILE) * TILE;
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

// Sixteen sums that the compiler keeps in registers.
function addTile(
  left: TypedArray,
  p: number,
  right: TypedArray,
  q: number,
  depth: number,
  sums: Float64Array,
  to: number,
): void {
  let c00 = sums[to], c01 = sums[to + 1], c02 = sums[to + 2], c03 = sums[to + 3];
  let c10 = sums[to + 4], c11 = sums[to + 5], c12 = sums[to + 6], c13 = sums[to + 7];
  let c20 = sums[to + 8], c21 = sums[to + 9], c22 = sums[to + 10], c23 = sums[to + 11];
  let c30 = sums[to + 12], c31 = sums[to + 13], c32 = sums[to + 14], c33 = sums[to + 15];
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
  sums[to] = c00;
  sums[to + 1] = c01;
  sums[to + 2] = c02;
  sums[to + 3] = c03;
  sums[to + 4] = c10;
  sums[to + 5] = c11;
  sums[to + 6] = c12;
  sums[to + 7] = c13;
  sums[to + 8] = c20;
  sums[to + 9] = c21;
  sums[to + 10] = c22;
  sums[to + 11] = c23;
  sums[to + 12] = c30;
  sums[to + 13] = c31;
  sums[to + 14] = c32;
  sums[to + 15] = c33;
}

function store(sums: Float64Array, out: Matrix, m: number, n: number): void {
  let tile = 0;
  for (let j = 0; j < n; j += TILE) {
    const width = Math.min(TILE, n - j);
    for (let i = 0; i < m; i += TILE, tile += TILE * TILE) {
      const height = Math.min(TILE, m - i);
      for (let r = 0; r < height; r++) {
        const to = out.start + (i + r) * out.row + j * out.column;
        for (let c = 0; c < width; c++) out.data[to + c * out.column] = sums[tile + r * TILE + c];
      }
    }
  }
}
