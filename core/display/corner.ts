/** What of a tensor is shown: the first and last elements along each axis, of a few of its matrices. */
import type { TypedArray } from "../base/dtype.ts";
import { type Tensor, viewing } from "../tensor/tensor.ts";
import { storageOf } from "../tensor/internals.ts";

/** A run of positions along an axis. */
interface Run {
  readonly start: number;
  readonly count: number;
  /** Where it begins among what is shown. */
  readonly at: number;
}

/** The positions that are shown along an axis. */
export interface Shown {
  readonly runs: readonly Run[];
  /** How many. */
  readonly count: number;
}

/** All positions, or as many at each edge. */
export function shownOf(extent: number, edge: number): Shown {
  if (extent <= 2 * edge) return { runs: [{ start: 0, count: extent, at: 0 }], count: extent };
  const last = { start: extent - edge, count: edge, at: edge };
  return { runs: [{ start: 0, count: edge, at: 0 }, last], count: 2 * edge };
}

/** What is shown at each of the positions, with something where others are left out. */
export function across<T>({ runs }: Shown, show: (position: number, at: number) => T, gap: T): T[] {
  const parts = runs.map(({ start, count, at }) =>
    Array.from({ length: count }, (_, i) => show(start + i, at + i))
  );
  return parts.length === 1 ? parts[0] : [...parts[0], gap, ...parts[1]];
}

/** A matrix of a tensor: its indices along the axes before the last two, its rows and its columns. */
export interface Sheet {
  readonly indices: readonly number[];
  readonly rows: Shown;
  readonly columns: Shown;
}

/** As many rows, columns and matrices as are shown at each edge. */
const ROWS = 10, COLUMNS = 10, SHEETS = 2;

/** The matrices of a tensor that are shown, with `null` where others are left out; vectors are rows. */
export function sheetsOf({ shape }: Tensor): (Sheet | null)[] {
  const leading = shape.slice(0, -2), count = leading.reduce((product, n) => product * n, 1);
  const rows = shownOf(shape.at(-2) ?? 1, ROWS), columns = shownOf(shape.at(-1) ?? 1, COLUMNS);
  return across<Sheet | null>(
    shownOf(count, SHEETS),
    (i) => ({ indices: indicesOf(i, leading), rows, columns }),
    null,
  );
}

function indicesOf(position: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  for (let axis = shape.length - 1, rest = position; axis >= 0; rest = Math.floor(rest / shape[axis--])) {
    indices.unshift(rest % shape[axis]);
  }
  return indices;
}

/** The pieces of a matrix that are shown, as views, row by row. */
export function piecesOf(x: Tensor, { indices, rows, columns }: Sheet): Tensor[] {
  const { strides, dtype } = x,
    storage = storageOf(x),
    [down, right] = [strides.at(-2) ?? 0, strides.at(-1) ?? 0];
  const corner = indices.reduce((offset, index, axis) => offset + index * strides[axis], x.offset);
  return rows.runs.flatMap((row) =>
    columns.runs.map((column) => {
      const offset = corner + row.start * down + column.start * right;
      return viewing(storage, [row.count, column.count], [down, right], offset, dtype);
    })
  );
}

/** The numbers of a matrix that are shown, of the elements of its pieces. */
export function joined({ rows, columns }: Sheet, pieces: readonly TypedArray[]): number[][] {
  const lines = Array.from({ length: rows.count }, () => new Array<number>(columns.count));
  rows.runs.forEach((row, r) =>
    columns.runs.forEach((column, c) => {
      const piece = pieces[r * columns.runs.length + c];
      for (let i = 0; i < row.count; i++) {
        for (let j = 0; j < column.count; j++) lines[row.at + i][column.at + j] = piece[i * column.count + j];
      }
    })
  );
  return lines;
}

/** Whether matrices are all that there are, and nothing is left out of them. */
export function isWhole(sheets: readonly (Sheet | null)[]): boolean {
  return sheets.every((sheet) => sheet && sheet.rows.runs.length + sheet.columns.runs.length === 2);
}
