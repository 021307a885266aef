/** The functions of libraries that are called. */
import type { Signature } from "./host.ts";

type Real = "f32" | "f64";

// Order, whether each factor is transposed, extents, then factors and sums with how far their rows are apart.
function gemm(real: Real): Signature["parameters"] {
  const flags = ["i32", "i32", "i32"] as const, extents = flags;
  return [...flags, ...extents, real, "buffer", "i32", "buffer", "i32", real, "buffer", "i32"];
}

function gemv(real: Real): Signature["parameters"] {
  return ["i32", "i32", "i32", "i32", real, "buffer", "i32", "buffer", "i32", real, "buffer", "i32"];
}

const of = (parameters: Signature["parameters"], result: Signature["result"] = "void"): Signature => {
  return { parameters, result, optional: true };
};

/** What every BLAS has. */
export const required = {
  cblas_sgemm: of(gemm("f32")),
  cblas_dgemm: of(gemm("f64")),
  cblas_sgemv: of(gemv("f32")),
  cblas_dgemv: of(gemv("f64")),
} as const;

// As Fortran has them: all by their places, and behind them how many letters each text has.
function routine(places: number, letters: number): Signature {
  return of([...new Array(places).fill("buffer"), ...new Array(letters).fill("usize")]);
}

/** LAPACK's routines that are called, and BLAS's for triangles, which most libraries have beside. */
export const matrices = {
  cblas_dtrsm: of(["i32", "i32", "i32", "i32", "i32", "i32", "i32", "f64", "buffer", "i32", "buffer", "i32"]),
  dpotrf_: routine(5, 1),
  dgeqrf_: routine(8, 0),
  dorgqr_: routine(9, 0),
  dsyevd_: routine(11, 2),
  dgesdd_: routine(14, 1),
  dgeev_: routine(14, 2),
} as const;

/** What some have beside: OpenBLAS tells what it is, and threads are told to it and to MKL. */
export const optional = {
  openblas_get_config: of([], "pointer"),
  openblas_get_corename: of([], "pointer"),
  openblas_get_num_threads: of([], "i32"),
  openblas_set_num_threads: of(["i32"]),
  MKL_Get_Max_Threads: of([], "i32"),
  MKL_Set_Num_Threads: of(["i32"]),
} as const;

/** A function of each of those names. */
export type Named = keyof typeof required | keyof typeof optional | keyof typeof matrices;
