/** Singular values and vectors. */
import { checkOptions } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import { transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { concat } from "../joining.ts";
import { narrow } from "../windows.ts";
import { checkMatrices } from "./checks.ts";
import { qr } from "./qr.ts";
import { needsVectors } from "./primitives/gaps.ts";
import { thinSvd } from "./primitives/svd.ts";

/**
 * What {@link svd} may be told.
 *
 * @category Linear algebra
 */
export interface SvdOptions {
  /** Whether U and V are square, as they are unless said; else they have a column for each singular value. */
  readonly fullMatrices?: boolean;
}

/**
 * Singular values and vectors.
 *
 * @category Linear algebra
 */
export interface SingularFactors {
  /** The left singular vectors, as columns. */
  readonly U: Tensor;
  /** The singular values, descending. */
  readonly S: Tensor;
  /** The right singular vectors, as rows. */
  readonly Vh: Tensor;
}

// Beside orthonormal columns, others that are orthogonal to them, without a gradient.
function completed(u: Tensor): Tensor {
  const [m, k] = u.shape.slice(-2);
  if (m === k) return u;
  return concat([u, narrow(qr(u.detach(), { mode: "complete" }).Q, -1, k, m - k)], -1);
}

/**
 * U·diag(S)·Vh = x of matrices `[…, m, n]`, singular values descending: `torch.linalg.svd`, `torch.svd`. By one-sided
 * Jacobi rotations, so that small singular values of graded matrices are accurate. The sign of a pair of vectors is any;
 * the gradient is right for what does not depend on it, and at equal or zero singular values that of the vectors is NaN
 * or infinite, as in PyTorch; that of columns that only complete U or V is 0. A matrix with a NaN or an infinity has
 * NaNs. It is computed on the host in double precision; WebGPU has those of up to 1024 elements in 32 rows or 32 columns
 * itself, in f32, from where others move to the host and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([[0, 2], [1, 0], [0, 0]]);
 * const { U, S, Vh } = linalg.svd(x);
 * assertEquals([U.shape, S.shape, Vh.shape], [[3, 3], [2], [2, 2]]);
 * assertAlmostEquals(await S.slice(0).item(), 2, 1e-6);
 * assertEquals(linalg.svd(x, { fullMatrices: false }).U.shape, [3, 2]);
 * ```
 */
export const svd: (x: Tensor, options?: SvdOptions) => SingularFactors = /* @__PURE__ */ defineOp(
  "linalg.svd",
  (x, options = {}) => {
    checkMatrices("linalg.svd", x);
    checkOptions("linalg.svd", options, { fullMatrices: true });
    const [U, S, Vh] = thinSvd(x);
    if (options.fullMatrices === false) return { U, S, Vh };
    return { U: completed(U), S, Vh: transpose(completed(transpose(Vh))) };
  },
  { dtypes: ["f32", "f64"] },
);

/**
 * The singular values, descending, of matrices `[…, m, n]`: `torch.linalg.svdvals`. At equal ones the gradient of what is
 * symmetric in them is right.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([[2, 0], [0, 2]]);
 * linalg.svdvals(x).square().sum().backward();
 * assertEquals(await x.grad!.array(), [[4, 0], [0, 4]]);
 * ```
 */
export const svdvals: (x: Tensor) => Tensor = /* @__PURE__ */ defineOp("linalg.svdvals", (x) => {
  checkMatrices("linalg.svdvals", x);
  return thinSvd(x, needsVectors(x))[1];
}, { dtypes: ["f32", "f64"] });
