/** Products of a matrix and patches by a library, which is given a panel of patches at a time. */
import { copyElements } from "../copy.ts";
import { type Means, multiplyPacked, type PackColumns, type PanelProduct } from "../matmul/multiply.ts";

/** Columns of a panel, which stay in a cache with as many rows as are packed; tables go on for so many. */
export const WIDE = 64;
/** Rows that are packed at a time. */
const DEPTH = 1024;
/** A matrix of fewer rows does not pay for the call. */
const FEW = 8;
/** With fewer products of numbers in a panel the call costs more than it saves. */
const LEAST = 2 ** 14;

/** A product, but for what the right matrix is. */
export type Sought = Omit<PanelProduct, "b">;

/** Multiplies by the library of a heap, or answers false, having written nothing. */
export function multiplyPanels(
  means: Means,
  { a, c, m, n, k, adds = false }: Sought,
  pack: PackColumns,
  bias: number | undefined,
): boolean {
  const { heap, products: { element, size } } = means,
    { multiplier } = heap,
    wide = Math.min(WIDE, n),
    deep = Math.min(DEPTH, k);
  if (!multiplier || m < FEW || m * wide * deep < LEAST || c.column !== size) return false;
  if (bias !== undefined) fillRows(means, { c, m, n }, bias);
  heap.scratch(deep * WIDE * size, (room) => {
    const b = { pointer: room, row: WIDE * size, column: size };
    for (let j = 0; j < n; j += WIDE) {
      const columns = Math.min(WIDE, n - j);
      for (let l = 0; l < k; l += DEPTH) {
        const rows = Math.min(DEPTH, k - l), by = { m, n: columns, k: rows };
        pack(heap.job, j, l, columns, rows, room);
        const x = { ...a, pointer: a.pointer + l * a.column }, z = { ...c, pointer: c.pointer + j * size };
        const product = { a: x, b, c: z, ...by }, isMore = adds || bias !== undefined || l > 0;
        if (!multiplier(element, product, isMore)) multiplyPacked(means, { ...product, adds: isMore });
      }
    }
  });
  return true;
}

// The sums begin with an element of the bias for each row.
function fillRows(
  { heap, products: { element: dtype, size } }: Means,
  { c, m, n }: Pick<Sought, "c" | "m" | "n">,
  bias: number,
): void {
  const like = { dtype, shape: [m, n] };
  copyElements(
    heap,
    { ...like, pointer: bias, strides: [1, 0] },
    { ...like, pointer: c.pointer, strides: [c.row / size, 1] },
  );
}
