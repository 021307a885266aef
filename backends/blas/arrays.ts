/** Products on the cpu by a library, which is given the arrays themselves. */
import { hostArray } from "@tapegrad/core/backend";
import type { Library, Real } from "./library.ts";
import { lieOf } from "./multiply.ts";
import type { Matrix } from "../common/matrix.ts";
import type { Multiplier } from "../cpu/multiplier.ts";

/** With fewer products of numbers the call costs more than it saves. */
const LEAST = 512;

/** What multiplies on the cpu by a library, copying factors that lie as it cannot be told. */
export function multiplierBy(library: Library): Multiplier {
  return {
    get description(): string {
      return `TypeScript, products by ${library.description}`;
    },
    matrices: library.matrices,
    multiply({ a, b, c, m, n, k }): boolean {
      const real = realOf(c);
      if (m * n * k < LEAST || real === undefined || !lieOf(c, m, n)) return false;
      return library.multiply(real, { a: dense(a, m, k, real), b: dense(b, k, n, real), c, m, n, k });
    },
  };
}

function realOf({ data }: Matrix): Real | undefined {
  return data instanceof Float32Array ? "f32" : data instanceof Float64Array ? "f64" : undefined;
}

// A copy, unless it lies as a library can be told.
function dense(matrix: Matrix, rows: number, columns: number, real: Real): Matrix {
  if (lieOf(matrix, rows, columns)) return matrix;
  const { data, start, row, column } = matrix, copy = hostArray(real, rows * columns);
  for (let i = 0, to = 0; i < rows; i++) {
    for (let j = 0, from = start + i * row; j < columns; j++, from += column) copy[to++] = data[from];
  }
  return { data: copy, start: 0, row: columns, column: 1 };
}
