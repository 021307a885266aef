/** Matrices in arrays. */
import type { TypedArray } from "@tapegrad/core/backend";

/** A matrix: where its first element is, and how far apart its rows and columns are, in elements. */
export interface Matrix {
  readonly data: TypedArray;
  readonly start: number;
  readonly row: number;
  readonly column: number;
}

/** `c = a × b`, `[m, k] × [k, n]`, none of which is 0. */
export interface Product {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly c: Matrix;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}
