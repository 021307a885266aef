/** Inverses of matrices that have none, and ranks. */
import { checkOptions } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { to } from "../convert.ts";
import { abs } from "../magnitude.ts";
import { sum } from "../reductions.ts";
import { eigvalsh } from "./eigh.ts";
import { checkMatrices, checkSquare } from "./checks.ts";
import { svdvals } from "./svd.ts";
import { counts, type ToleranceOptions, tolerances, tolerancesOf } from "./primitives/tolerance.ts";
import { pinvBy } from "./primitives/pinv.ts";

function checkCounted(op: string, x: Tensor, options: ToleranceOptions): void {
  checkOptions(op, options, tolerances);
  if (options.hermitian) checkSquare(op, x);
  else checkMatrices(op, x);
}

/**
 * The pseudo-inverse (Moore and Penrose) `[…, n, m]` of matrices `[…, m, n]`, in which singular values up to
 * `max(atol, rtol·σ₁)` count as zero: `torch.linalg.pinv`, `torch.pinverse`. Its gradient is that of matrices of the
 * same rank, and finite where singular values are equal or zero.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const inverse = linalg.pinv(tensor([[2, 0, 0], [0, 0, 0]]));
 * assertAlmostEquals(await inverse.slice(0, 0).item(), 0.5, 1e-6);
 * assertAlmostEquals(await inverse.slice(1, 1).item(), 0, 1e-6);
 * ```
 */
export const pinv: (x: Tensor, options?: ToleranceOptions) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.pinv",
  (x, options = {}) => {
    checkCounted("linalg.pinv", x, options);
    return pinvBy(x, ...tolerancesOf(x, options), options.hermitian);
  },
  { dtypes: ["f32", "f64"] },
);

/**
 * How many singular values of matrices are above `max(atol, rtol·σ₁)`, as i32: `torch.linalg.matrix_rank`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [2, 4]]);
 * assertEquals(await linalg.matrixRank(x).item(), 1);
 * assertEquals(await linalg.matrixRank(x, { atol: 10 }).item(), 0);
 * ```
 */
export const matrixRank: (x: Tensor, options?: ToleranceOptions) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.matrixRank",
  (x, options = {}) => {
    checkCounted("linalg.matrixRank", x, options);
    const values = x.detach(), sizes = options.hermitian ? abs(eigvalsh(values)) : svdvals(values);
    return sum(to(counts(sizes, ...tolerancesOf(x, options)), "i32"), -1);
  },
  { dtypes: ["f32", "f64"], differentiable: false },
);
