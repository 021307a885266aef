/** Products of matrices that are computed on the host, by way of wasm memory. */
import type { HostMatrix, MatrixRoutines } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import { multiply } from "./multiply.ts";
import { productsOf } from "./products.ts";

/** With fewer products of numbers copies cost more than they save. */
const LEAST = 2 ** 14;
const BYTES = 8;

/** What has products of matrices on the host computed by the kernels of a heap. */
export function productsOnHost(heap: Heap): MatrixRoutines {
  return { subtractProduct: (c, a, b) => subtractProduct(heap, c, a, b) };
}

function subtractProduct(heap: Heap, c: HostMatrix, a: HostMatrix, b: HostMatrix): true | undefined {
  const m = c.rows, n = c.columns, k = a.columns, bytes = BYTES * (m * k + k * n + m * n);
  if (m * n * k < LEAST || !heap.hasRoom(bytes)) return undefined;
  return heap.scratch(bytes, (pointer) => {
    const [left, right, out] = [0, m * k, m * k + k * n].map((at) => pointer + BYTES * at);
    copyInto(heap.array("f64") as Float64Array, left / BYTES, a);
    copyInto(heap.array("f64") as Float64Array, right / BYTES, b);
    multiply({ heap, products: productsOf(heap, "f64") }, {
      a: dense(left, k),
      b: dense(right, n),
      c: dense(out, n),
      m,
      n,
      k,
    });
    subtract(c, heap.array("f64") as Float64Array, out / BYTES);
    return true;
  });
}

function dense(pointer: number, columns: number): { pointer: number; row: number; column: number } {
  return { pointer, row: columns * BYTES, column: BYTES };
}

function copyInto(
  to: Float64Array,
  start: number,
  { data, offset, rows, columns, down, across }: HostMatrix,
): void {
  for (let i = 0, q = start, row = offset; i < rows; i++, q += columns, row += down) {
    if (across === 1) to.set(data.subarray(row, row + columns), q);
    else for (let j = 0, p = row; j < columns; j++, p += across) to[q + j] = data[p];
  }
}

function subtract(
  { data, offset, rows, columns, down, across }: HostMatrix,
  from: Float64Array,
  start: number,
): void {
  for (let i = 0, q = start, row = offset; i < rows; i++, row += down) {
    for (let j = 0, p = row; j < columns; j++, p += across) data[p] -= from[q++];
  }
}
