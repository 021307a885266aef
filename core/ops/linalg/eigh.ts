/** Eigenvalues and eigenvectors of symmetric matrices. */
import { checkOptions } from "../../base/settings.ts";
import { applyAll } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { TriangleOptions } from "./cholesky.ts";
import { checkSquare } from "./checks.ts";
import { needsVectors } from "./primitives/gaps.ts";
import { symmetricEigen } from "./primitives/eigh.ts";

/**
 * Eigenvalues and eigenvectors.
 *
 * @category Linear algebra
 */
export interface EigenPairs {
  /** The eigenvalues. */
  readonly eigenvalues: Tensor;
  /** The eigenvector of each, as columns. */
  readonly eigenvectors: Tensor;
}

function found(op: string, x: Tensor, options: TriangleOptions, wanted: (x: Tensor) => boolean): EigenPairs {
  checkSquare(op, x);
  checkOptions(op, options, { upper: false });
  const attributes = { upper: options.upper ?? false, vectors: wanted(x) };
  const [eigenvalues, eigenvectors] = applyAll(symmetricEigen, [x], attributes);
  return { eigenvalues, eigenvectors };
}

/**
 * The eigenvalues, ascending, and orthonormal eigenvectors of symmetric matrices `[…, n, n]`, of which one triangle is
 * read: `torch.linalg.eigh`, `torch.symeig`. An eigenvector's sign is any; the gradient is right for what does not
 * depend on it, and at equal eigenvalues that of the vectors is NaN or infinite, as in PyTorch, while that of
 * eigenvalues alone is finite. A matrix with a NaN or an infinity has NaNs. It is computed on the host in double
 * precision; WebGPU has those of up to 32 rows itself, in f32, from where others move to the host and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { eigenvalues, eigenvectors } = linalg.eigh(tensor([[2, 1], [1, 2]]));
 * assertAlmostEquals(await eigenvalues.slice(0).item(), 1, 1e-6);
 * assertAlmostEquals(await eigenvectors.slice(0, 1).abs().item(), Math.SQRT1_2, 1e-6);
 * ```
 */
export const eigh: (x: Tensor, options?: TriangleOptions) => EigenPairs = /* @__PURE__ */ defineOp(
  "linalg.eigh",
  (x, options = {}) => found("linalg.eigh", x, options, () => true),
  { dtypes: ["f32", "f64"] },
);

/**
 * The eigenvalues, ascending, of symmetric matrices, of which one triangle is read: `torch.linalg.eigvalsh`. At equal
 * ones the gradient of what is symmetric in them is right; that of second order is not a number there.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([[3, 0], [0, 3]]);
 * linalg.eigvalsh(x).square().sum().backward();
 * assertEquals(await x.grad!.array(), [[6, 0], [0, 6]]);
 * ```
 */
export const eigvalsh: (x: Tensor, options?: TriangleOptions) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.eigvalsh",
  (x, options = {}) => found("linalg.eigvalsh", x, options, needsVectors).eigenvalues,
  { dtypes: ["f32", "f64"] },
);
