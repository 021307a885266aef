/** Products as calls of a BLAS. */
import type { TypedArray } from "@tapegrad/core/backend";
import type { Matrix, Product } from "../common/matrix.ts";
import type { Foreign } from "./host.ts";

/** The routines of one dtype; without `gemv` a vector is a matrix. */
export interface Routines {
  readonly gemm: Foreign;
  readonly gemv?: Foreign;
}

const BY_ROWS = 101, PLAIN = 111, TRANSPOSED = 112;
/** Distances are words with a sign. */
const MOST = 2 ** 31 - 1;

/** How a matrix lies: by rows or by columns, which are so many elements apart. */
interface Lie {
  readonly flag: typeof PLAIN | typeof TRANSPOSED;
  readonly apart: number;
}

/** How a matrix lies in words of BLAS; undefined where there are none. */
export function lieOf(
  { row, column }: Pick<Matrix, "row" | "column">,
  rows: number,
  columns: number,
): Lie | undefined {
  const plain = linesApart(row, column, rows, columns);
  if (plain !== undefined) return { flag: PLAIN, apart: plain };
  const apart = linesApart(column, row, columns, rows);
  return apart === undefined ? undefined : { flag: TRANSPOSED, apart };
}

// How far dense lines are apart that do not overlap.
function linesApart(line: number, step: number, lines: number, length: number): number | undefined {
  if (length > 1 && step !== 1) return undefined;
  const apart = lines > 1 ? line : length;
  return apart >= length && apart <= MOST ? apart : undefined;
}

/** Multiplies matrices, and by a number, if they lie as flags can say; `adds` to what is in the product. */
export function multiplyBy(
  routines: Routines,
  product: Product,
  adds: boolean = false,
  scale: number = 1,
): boolean {
  const { a, b, c, m, n, k } = product, { gemm, gemv } = routines;
  if (gemv && n === 1) return multiplyVector(gemv, product, adds, scale);
  const z = lieOf(c, m, n);
  if (z?.flag === TRANSPOSED || (gemv && m === 1)) return multiplyBy(routines, turned(product), adds, scale);
  const x = lieOf(a, m, k), y = lieOf(b, k, n);
  if (!x || !y || !z) return false;
  gemm(
    BY_ROWS,
    x.flag,
    y.flag,
    m,
    n,
    k,
    scale,
    from(a),
    x.apart,
    from(b),
    y.apart,
    Number(adds),
    from(c),
    z.apart,
  );
  return true;
}

// The right matrix and the product are one column.
function multiplyVector(
  gemv: Foreign,
  { a, b, c, m, k }: Product,
  adds: boolean,
  scale: number,
): boolean {
  const x = lieOf(a, m, k), step = k > 1 ? b.row : 1, move = m > 1 ? c.row : 1;
  if (!x || step < 1 || move < 1) return false;
  const [rows, columns] = x.flag === PLAIN ? [m, k] : [k, m];
  gemv(BY_ROWS, x.flag, rows, columns, scale, from(a), x.apart, from(b), step, Number(adds), from(c), move);
  return true;
}

function from({ data, start }: Matrix): TypedArray {
  return start === 0 ? data : data.subarray(start);
}

// cᵀ = bᵀ × aᵀ
function turned({ a, b, c, m, n, k }: Product): Product {
  return { a: transposed(b), b: transposed(a), c: transposed(c), m: n, n: m, k };
}

function transposed({ data, start, row, column }: Matrix): Matrix {
  return { data, start, row: column, column: row };
}
