/** Singular values of matrices of low rank, by random projections (Halko, Martinsson and Tropp, 2011). */
import { checkInteger, checkOptions } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import { product, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sub } from "../arithmetic.ts";
import type { Key } from "../keys.ts";
import { normal } from "../random.ts";
import { expand } from "../shape.ts";
import { mean } from "../statistics.ts";
import { checkMatrices } from "./checks.ts";
import { transposedProduct } from "./primitives/gaps.ts";
import { qr } from "./qr.ts";
import { thinSvd } from "./primitives/svd.ts";

/**
 * What {@link svdLowrank} may be told.
 *
 * @category Linear algebra
 */
export interface LowRankOptions {
  /** How many singular values; 6 unless said, a little more than are wanted is best. */
  readonly q?: number;
  /** How often the projection is sharpened; 2 unless said. */
  readonly niter?: number;
  /** What is taken off the matrix before. */
  readonly M?: Tensor;
  /** The key of the projection. */
  readonly key?: Key;
}

/**
 * Singular values and vectors of a matrix of low rank.
 *
 * @category Linear algebra
 */
export interface LowRankFactors {
  /** The left singular vectors, as columns. */
  readonly U: Tensor;
  /** The singular values, descending. */
  readonly S: Tensor;
  /** The right singular vectors, as columns. */
  readonly V: Tensor;
}

function basisOf(x: Tensor, { q = 6, niter = 2, key }: LowRankOptions): Tensor {
  const { dtype, backend } = x, start = normal([x.shape.at(-1)!, q], { dtype, backend, key });
  const span = (a: Tensor) => qr(a).Q;
  let basis = span(product(x, expand(start, [...x.shape.slice(0, -2), ...start.shape])));
  for (let i = 0; i < niter; i++) basis = span(product(x, span(transposedProduct(x, basis))));
  return basis;
}

function factorsOf(x: Tensor, options: LowRankOptions): LowRankFactors {
  const [m, n] = x.shape.slice(-2), { q = 6 } = options;
  if (m < n || n > q) {
    const basis = basisOf(transpose(x), options), [U, S, Vh] = thinSvd(product(x, basis));
    return { U, S, V: product(basis, transpose(Vh)) };
  }
  const basis = basisOf(x, options), [U, S, Vh] = thinSvd(transposedProduct(basis, x));
  return { U: product(basis, U), S, V: transpose(Vh) };
}

function checkRank(op: string, x: Tensor, { q, niter }: LowRankOptions): void {
  checkMatrices(op, x);
  if (q !== undefined) checkInteger(op, "q", q, 0, Math.min(...x.shape.slice(-2)));
  if (niter !== undefined) checkInteger(op, "niter", niter, 0);
}

/**
 * About the `q` largest singular values of matrices `[…, m, n]`, and their vectors, as columns: `torch.svd_lowrank`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { key, linalg, outer, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = outer(tensor([3, 0, 4]), tensor([0, 2, 0, 0]));
 * const { S } = linalg.svdLowrank(x, { q: 1, key: key(0) });
 * assertAlmostEquals(await S.slice(0).item(), 10, 1e-5);
 * ```
 */
export const svdLowrank: (x: Tensor, options?: LowRankOptions) => LowRankFactors = /* @__PURE__ */ defineOp(
  "linalg.svdLowrank",
  (x, options = {}) => {
    checkOptions("linalg.svdLowrank", options, { q: 6, niter: 2, M: null, key: null });
    checkRank("linalg.svdLowrank", x, options);
    return factorsOf(options.M ? sub(x, options.M) : x, options);
  },
  { dtypes: ["f32", "f64"] },
);

/**
 * What {@link pcaLowrank} may be told.
 *
 * @category Linear algebra
 */
export interface PcaOptions extends Omit<LowRankOptions, "M"> {
  /** Whether the mean of each column is taken off before, as it is unless said. */
  readonly center?: boolean;
}

/**
 * About the `q` (6) largest principal components of samples in rows: V has them as columns, S·Sᵀ/(m - 1) their variances.
 * It is `torch.pca_lowrank`.
 *
 * @category Linear algebra
 */
export const pcaLowrank: (x: Tensor, options?: PcaOptions) => LowRankFactors = /* @__PURE__ */ defineOp(
  "linalg.pcaLowrank",
  (x, options = {}) => {
    checkOptions("linalg.pcaLowrank", options, { q: 6, niter: 2, center: true, key: null });
    checkRank("linalg.pcaLowrank", x, options);
    const { center = true, ...rest } = options, q = rest.q ?? Math.min(6, ...x.shape.slice(-2));
    return factorsOf(center ? sub(x, mean(x, -2, { keepDims: true })) : x, { ...rest, q });
  },
  { dtypes: ["f32", "f64"] },
);
