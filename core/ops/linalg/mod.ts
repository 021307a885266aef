/**
 * Linear algebra of matrices in the last two axes, as `torch.linalg` has it. Factors are computed on the host in double
 * precision, whatever the dtype; from WebGPU the matrices move there and back, and results are on their way meanwhile.
 *
 * @module
 */
export * from "./cholesky.ts";
export * from "./lin_alg_error.ts";
export * from "./triangular.ts";
export { multiDot, vecdot } from "../tensor_products.ts";
export { matmul } from "../linear_algebra.ts";
export { diagonal } from "../matrices.ts";
