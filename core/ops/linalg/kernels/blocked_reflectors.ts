/** Many reflectors at once: `H₁·H₂… = I - V·T·Vᵀ` (Schreiber and Van Loan, 1989), by products of matrices. */
import { block, type Matrix, matrix, subtractProduct, transposed } from "./matrix.ts";

/** So many reflectors are joined. */
export const JOINED = 32;

/** The vectors of reflectors as columns, from a matrix that holds them below its diagonal. */
function vectorsOf(packed: Matrix): Matrix {
  const { rows, columns, by } = packed, v = matrix(rows, columns, by);
  for (let i = 0; i < rows; i++) {
    const from = packed.offset + i * packed.down, to = i * columns;
    for (let j = 0; j < Math.min(i, columns); j++) v.data[to + j] = packed.data[from + j * packed.across];
    if (i < columns) v.data[to + i] = 1;
  }
  return v;
}

// T of the vectors, column by column: τ on its diagonal, -τ·T·Vᵀv above it.
function joiningOf(v: Matrix, taus: Float64Array): Matrix {
  const k = taus.length, inner = matrix(k, k, v.by), t = matrix(k, k, v.by);
  subtractProduct(inner, transposed(v), v);
  for (let j = 0; j < k; j++) {
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let l = i; l < j; l++) sum += t.data[i * k + l] * inner.data[l * k + j];
      t.data[i * k + j] = taus[j] * sum;
    }
    t.data[j * k + j] = taus[j];
  }
  return t;
}

/** Multiplies a matrix, in place, from the left by the product of reflectors or by its transpose. */
export function reflectTogether(packed: Matrix, taus: Float64Array, c: Matrix, isTransposed: boolean): void {
  if (c.columns === 0 || taus.length === 0) return;
  const v = vectorsOf(block(packed, 0, 0, packed.rows, taus.length)), t = joiningOf(v, taus);
  const less = matrix(taus.length, c.columns, c.by), joined = matrix(taus.length, c.columns, c.by);
  subtractProduct(less, transposed(v), c);
  subtractProduct(joined, isTransposed ? transposed(t) : t, less);
  subtractProduct(c, v, joined);
}
