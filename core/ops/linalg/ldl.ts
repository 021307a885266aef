/** Factors of symmetric matrices that need not be definite. */
import { apply, applyAll } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { expand } from "../shape.ts";
import { alike } from "./batches.ts";
import { checkMatrices, checkSquare, refuseShapes } from "./checks.ts";
import { ldlFactors, ldlSolved } from "./primitives/ldl.ts";

const dtypes = ["f32", "f64"] as const;

/**
 * Both factors of symmetric matrices in one, and the exchanges of rows.
 *
 * @category Linear algebra
 */
export interface LdlFactors {
  /** D, of blocks of one or two rows, and below them L without the ones of its diagonal. */
  readonly LD: Tensor;
  /** With which row each was exchanged, from 1; of a block of two rows both are that of the second, negative. */
  readonly pivots: Tensor;
}

/**
 * {@link LdlFactors}, and whether a pivot is 0.
 *
 * @category Linear algebra
 */
export interface LdlInfo extends LdlFactors {
  /** 0, or the place of the first pivot that is 0, counted from 1, as i32. */
  readonly info: Tensor;
}

/**
 * Factors L·D·Lᵀ of symmetric matrices `[…, n, n]`, of which the lower triangle is read, for {@link ldlSolve}, as
 * LAPACK's `sytrf` gives them: `torch.linalg.ldl_factor`. No gradient flows through them, as in PyTorch. A singular
 * matrix is a {@link LinAlgError} that says which. From WebGPU the matrices move to the host and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { LD, pivots } = linalg.ldlFactor(tensor([[0, 2], [2, 0]]));
 * assertEquals(await pivots.array(), [-2, -2]);
 * assertEquals(await linalg.ldlSolve(LD, pivots, tensor([[4], [6]])).array(), [[3], [2]]);
 * ```
 */
export const ldlFactor: (x: Tensor) => LdlFactors = /* @__PURE__ */ defineOp("linalg.ldlFactor", (x) => {
  checkSquare("linalg.ldlFactor", x);
  const [LD, pivots] = applyAll(ldlFactors, [x.detach()], { check: true });
  return { LD, pivots };
}, { dtypes, differentiable: false });

/**
 * {@link ldlFactor} that tells of singular matrices instead of throwing: `torch.linalg.ldl_factor_ex`.
 *
 * @category Linear algebra
 */
export const ldlFactorEx: (x: Tensor) => LdlInfo = /* @__PURE__ */ defineOp("linalg.ldlFactorEx", (x) => {
  checkSquare("linalg.ldlFactorEx", x);
  const [LD, pivots, info] = applyAll(ldlFactors, [x.detach()], { check: false });
  return { LD, pivots, info };
}, { dtypes, differentiable: false });

/**
 * x of a·x = b from what {@link ldlFactor} gave of a and b `[…, n, k]`, leading axes broadcasting:
 * `torch.linalg.ldl_solve`. Gradients flow to b.
 *
 * @category Linear algebra
 */
export const ldlSolve: (LD: Tensor, pivots: Tensor, b: Tensor) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.ldlSolve",
  (LD, pivots, b) => {
    const op = "linalg.ldlSolve";
    checkSquare(op, LD);
    checkMatrices(op, b);
    if (pivots.shape.join() !== LD.shape.slice(0, -1).join()) {
      refuseShapes(op, LD, pivots, "a pivot a row is needed");
    }
    const [n, m] = [LD.shape.at(-1)!, b.shape.at(-2)!];
    if (n !== m) refuseShapes(op, LD, b, `inner extents are ${n} and ${m}`);
    const [factors, side] = alike(op, LD.detach(), b);
    return apply(ldlSolved, [factors, expand(pivots, factors.shape.slice(0, -1)), side], null);
  },
  { arity: 3, dtypes },
);
