/**
 * Linear algebra of matrices in the last two axes, as `torch.linalg` has it. Factors are computed on the host in double
 * precision, whatever the dtype, by LAPACK where a BLAS is in use. WebGPU solves with matrices of up to 32 rows and
 * columns, and has their determinants, their factors by Cholesky, LU and QR, eigenvalues of symmetric ones, singular
 * values and exponentials, itself, in f32: an error of their elements comes where results are read. Other matrices,
 * eigenvalues of those that are not symmetric and LDL factors move from it to the host and back, and results are on
 * their way meanwhile.
 *
 * @module
 */
export * from "./cholesky.ts";
export * from "./cond.ts";
export * from "./determinant.ts";
export * from "./eig.ts";
export * from "./eigh.ts";
export * from "./exponential.ts";
export * from "./householder.ts";
export * from "./ldl.ts";
export * from "./lin_alg_error.ts";
export * from "./low_rank.ts";
export * from "./lstsq.ts";
export * from "./lu.ts";
export * from "./norms.ts";
export * from "./pinv.ts";
export * from "./products.ts";
export * from "./qr.ts";
export * from "./solve.ts";
export * from "./svd.ts";
export * from "./triangular.ts";
export type { ToleranceOptions } from "./primitives/tolerance.ts";
export { norm as vectorNorm } from "../statistics.ts";
export { multiDot, vecdot } from "../tensor_products.ts";
export { matmul } from "../linear_algebra.ts";
export { diagonal } from "../matrices.ts";
