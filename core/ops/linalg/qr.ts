/** Orthogonal and triangular factors. */
import { checkOptions } from "../../base/settings.ts";
import { described } from "../../base/text.ts";
import { applyAll } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { zeros } from "../creation.ts";
import { checkMatrices } from "./checks.ts";
import { qrFactors } from "./primitives/qr.ts";

/**
 * What {@link qr} may be told.
 *
 * @category Linear algebra
 */
export interface QrOptions {
  /**
   * With `reduced`, as unless said, Q has as many columns as the smaller extent; with `complete` as many as rows; with
   * `r` Q is left empty.
   */
  readonly mode?: "reduced" | "complete" | "r";
}

/**
 * An orthogonal and a triangular factor.
 *
 * @category Linear algebra
 */
export interface QrFactors {
  /** Orthonormal columns. */
  readonly Q: Tensor;
  /** The upper triangular factor. */
  readonly R: Tensor;
}

/**
 * Q·R = x of matrices `[…, m, n]` by Householder reflectors, with the signs that LAPACK gives: `torch.linalg.qr`,
 * `torch.qr`. The complete Q of more rows than columns has no gradient: asking for it is a {@link ShapeError}. It is
 * computed on the host in double precision; WebGPU has those of up to 32 rows and columns itself, in f32, and reduced
 * ones of up to 1024 elements in 32 rows or 32 columns; others move to the host and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, matmul, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const { Q, R } = linalg.qr(tensor([[3, 1], [4, 2]]));
 * assertAlmostEquals(await R.slice(0, 0).item(), -5, 1e-6);
 * assertAlmostEquals(await matmul(Q, R).slice(1, 0).item(), 4, 1e-6);
 * assertEquals(linalg.qr(tensor([[3], [4]]), { mode: "complete" }).Q.shape, [2, 2]);
 * ```
 */
export const qr: (x: Tensor, options?: QrOptions) => QrFactors = /* @__PURE__ */ defineOp(
  "linalg.qr",
  (x, options = {}) => {
    checkMatrices("linalg.qr", x);
    checkOptions("linalg.qr", options, { mode: "reduced" });
    const { mode = "reduced" } = options;
    if (mode !== "reduced" && mode !== "complete" && mode !== "r") {
      throw new TypeError(`Cannot linalg.qr with mode ${described(mode)}: choose reduced, complete or r`);
    }
    const [Q, R] = applyAll(qrFactors, [x], { mode: mode === "r" ? "reduced" : mode });
    return { Q: mode === "r" ? zeros([0], { dtype: x.dtype, backend: x.backend }) : Q, R };
  },
  { dtypes: ["f32", "f64"] },
);

/**
 * The reflectors that make a matrix triangular.
 *
 * @category Linear algebra
 */
export interface Reflectors {
  /** R on and above the diagonal, below it the reflectors' vectors without the 1 that each begins with. */
  readonly a: Tensor;
  /** The factor τ of each. */
  readonly tau: Tensor;
}

/**
 * What {@link qr} is made of, as LAPACK packs it: `torch.geqrf`. {@link householderProduct} and {@link ormqr} take it.
 * It has no gradient.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { a, tau } = linalg.geqrf(tensor([[3], [4]]));
 * assertAlmostEquals(await a.slice(1, 0).item(), 0.5, 1e-6);
 * assertAlmostEquals(await tau.slice(0).item(), 1.6, 1e-6);
 * ```
 */
export const geqrf: (x: Tensor) => Reflectors = /* @__PURE__ */ defineOp("linalg.geqrf", (x) => {
  checkMatrices("linalg.geqrf", x);
  const [a, tau] = applyAll(qrFactors, [x.detach()], { mode: "raw" });
  return { a, tau };
}, { dtypes: ["f32", "f64"], differentiable: false });
