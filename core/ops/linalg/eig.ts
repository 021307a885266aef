/** Eigenvalues and eigenvectors of matrices that need not be symmetric. */
import { applyAll } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { EigenPairs } from "./eigh.ts";
import { checkSquare } from "./checks.ts";
import { needsVectors } from "./primitives/gaps.ts";
import { eigen } from "./primitives/eig.ts";

function found(op: string, x: Tensor, wanted: (x: Tensor) => boolean): EigenPairs {
  checkSquare(op, x);
  const [eigenvalues, eigenvectors] = applyAll(eigen, [x], { vectors: wanted(x) });
  return { eigenvalues, eigenvectors };
}

/**
 * The eigenvalues and eigenvectors of real matrices `[…, n, n]`, as pairs of real and imaginary part on a trailing axis:
 * `[…, n, 2]`, those of a complex pair one after the other, and `[…, n, n, 2]`, in columns of length 1 whose largest
 * element is real: `torch.linalg.eig`, whose complex numbers `torch.view_as_real` shows so. The gradient is right where
 * eigenvalues are simple and for what does not depend on a vector's phase. A matrix with a NaN or an infinity has NaNs.
 * They are computed on the host in double precision; from WebGPU the matrices move there and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const turn = tensor([[0, -1], [1, 0]]);
 * assertEquals(await linalg.eigvals(turn).array(), [[0, 1], [0, -1]]);
 * assertEquals(linalg.eig(turn).eigenvectors.shape, [2, 2, 2]);
 * ```
 */
export const eig: (x: Tensor) => EigenPairs = /* @__PURE__ */ defineOp(
  "linalg.eig",
  (x) => found("linalg.eig", x, () => true),
  { dtypes: ["f32", "f64"] },
);

/**
 * The eigenvalues of real matrices `[…, n, n]`, as pairs of real and imaginary part `[…, n, 2]`, those of a complex pair
 * one after the other: `torch.linalg.eigvals`. The gradient is right where eigenvalues are simple.
 *
 * @category Linear algebra
 */
export const eigvals: (x: Tensor) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.eigvals",
  (x) => found("linalg.eigvals", x, needsVectors).eigenvalues,
  { dtypes: ["f32", "f64"] },
);
