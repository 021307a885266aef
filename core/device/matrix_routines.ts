/** What a backend may have for matrices that are computed on the host. */

/**
 * A matrix of numbers in double precision on the host.
 *
 * @category Backends
 */
export interface HostMatrix {
  /** Its elements, among others. */
  readonly data: Float64Array;
  /** Where its first element is. */
  readonly offset: number;
  /** How many rows it has. */
  readonly rows: number;
  /** How many columns it has. */
  readonly columns: number;
  /** From an element to the one below. */
  readonly down: number;
  /** From an element to the next of its row. */
  readonly across: number;
}

/**
 * Eigenvalues or singular values, and vectors in rows where they were asked for.
 *
 * @category Backends
 */
export interface HostSpectrum {
  /** The values. */
  readonly values: Float64Array;
  /** Eigenvectors, or left singular ones. */
  readonly vectors: Float64Array | null;
  /** Right singular vectors. */
  readonly right: Float64Array | null;
}

/**
 * Eigenvalues of a matrix that is not symmetric, and vectors in rows where they were asked for: real parts and
 * imaginary ones.
 *
 * @category Backends
 */
export interface HostEigen {
  /** The values. */
  readonly values: { readonly re: Float64Array; readonly im: Float64Array };
  /** The vectors, of length 1. */
  readonly vectors: { readonly re: Float64Array; readonly im: Float64Array } | null;
}

/**
 * Routines for matrices in double precision on the host, as LAPACK has them, with all matrices in rows. What a backend
 * lacks, or answers `undefined` to, having written nothing, is computed in TypeScript.
 *
 * @category Backends
 */
export interface MatrixRoutines {
  /** `c -= a·b`. */
  subtractProduct?(c: HostMatrix, a: HostMatrix, b: HostMatrix): true | undefined;
  /** Solves with a triangle of t, which is taken for one with ones on its diagonal if it is `unit`, over b. */
  solveTriangular?(t: HostMatrix, b: HostMatrix, upper: boolean, unit: boolean): true | undefined;
  /** Writes the factor over the lower triangle; gives the order of the first leading minor that is not positive, or 0. */
  cholesky?(a: HostMatrix): number | undefined;
  /** Writes R and below it the reflectors over `[m, n]`, and gives the factors of these. */
  qr?(a: Float64Array, m: number, n: number): Float64Array | undefined;
  /** The first columns of the product of reflectors of a matrix `[m, width]`. */
  reflected?(
    packed: Float64Array,
    taus: Float64Array,
    [m, width, columns]: readonly [number, number, number],
  ): Float64Array | undefined;
  /** Of a symmetric matrix `[n, n]`, which may be written over: ascending. */
  symmetric?(a: Float64Array, n: number, wantsVectors: boolean): HostSpectrum | undefined;
  /** Of a matrix `[m, n]` with m ≥ n, which may be written over: descending, all vectors in rows. */
  singular?(a: Float64Array, m: number, n: number, wantsVectors: boolean): HostSpectrum | undefined;
  /** Of any matrix `[n, n]`, which may be written over. */
  eigen?(a: Float64Array, n: number, wantsVectors: boolean): HostEigen | undefined;
}
