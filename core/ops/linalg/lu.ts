/** Factors of any matrix by elimination with row exchanges. */
import { applyAll } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import { checkOptions } from "../../base/settings.ts";
import { narrow, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { to } from "../convert.ts";
import { tril, triu } from "../matrices.ts";
import { oneHot } from "../one_hot.ts";
import { eye } from "../ranges.ts";
import { add } from "../arithmetic.ts";
import { expand } from "../shape.ts";
import { alike } from "./batches.ts";
import { checkMatrices, checkSquare, refuseShapes } from "./checks.ts";
import { luFactors, orderOf, solvedBy } from "./primitives/lu.ts";

const dtypes = ["f32", "f64"] as const;

/**
 * Both factors of matrices in one, and the exchanges of rows.
 *
 * @category Linear algebra
 */
export interface LuFactors {
  /** U with its diagonal, and below it L without the ones of its. */
  readonly LU: Tensor;
  /** With which row each one was exchanged in turn, counted from 1 as LAPACK does, as i32. */
  readonly pivots: Tensor;
}

/**
 * {@link LuFactors}, and whether a pivot is 0.
 *
 * @category Linear algebra
 */
export interface LuInfo extends LuFactors {
  /** 0, or the place of the first pivot that is 0, counted from 1, as i32. */
  readonly info: Tensor;
}

/**
 * P, L and U of `P·L·U`.
 *
 * @category Linear algebra
 */
export interface PermutedLu {
  /** The permutation, of zeros and ones, `[…, m, m]`. */
  readonly P: Tensor;
  /** The lower factor, with ones on its diagonal. */
  readonly L: Tensor;
  /** The upper factor. */
  readonly U: Tensor;
}

/**
 * Factors of matrices `[…, m, n]` for {@link luSolve}: `torch.linalg.lu_factor`, `torch.lu`. A square matrix that is
 * singular has no solutions, and is a {@link LinAlgError} that says which.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { LU, pivots } = linalg.luFactor(tensor([[1, 2], [4, 4]]));
 * assertEquals(await LU.array(), [[4, 4], [0.25, 1]]);
 * assertEquals(await pivots.array(), [2, 2]);
 * assertEquals(await linalg.luSolve(LU, pivots, tensor([[5], [12]])).array(), [[1], [2]]);
 * ```
 */
export const luFactor: (x: Tensor) => LuFactors = /* @__PURE__ */ defineOp("linalg.luFactor", (x) => {
  checkMatrices("linalg.luFactor", x);
  const [LU, pivots] = applyAll(luFactors, [x], { refuses: "luFactor" });
  return { LU, pivots };
}, { dtypes });

/**
 * {@link luFactor} that tells of pivots that are 0 instead of throwing: `torch.linalg.lu_factor_ex`.
 *
 * @category Linear algebra
 */
export const luFactorEx: (x: Tensor) => LuInfo = /* @__PURE__ */ defineOp("linalg.luFactorEx", (x) => {
  checkMatrices("linalg.luFactorEx", x);
  const [LU, pivots, info] = applyAll(luFactors, [x], { refuses: "" });
  return { LU, pivots, info };
}, { dtypes });

function unpacked(LU: Tensor, pivots: Tensor): PermutedLu {
  const [m, n] = LU.shape.slice(-2), k = Math.min(m, n), { dtype, backend, rank } = LU;
  const P = to(oneHot(orderOf(pivots, m)[1], m), dtype);
  const L = add(tril(narrow(LU, rank - 1, 0, k), -1), eye(m, k, { dtype, backend }));
  return { P, L, U: triu(narrow(LU, rank - 2, 0, k)) };
}

/**
 * `P·L·U = x` of matrices `[…, m, n]`: `torch.linalg.lu`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, matmul, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { P, L, U } = linalg.lu(tensor([[1, 2], [4, 4]]));
 * assertEquals(await L.array(), [[1, 0], [0.25, 1]]);
 * assertEquals(await matmul(P, matmul(L, U)).array(), [[1, 2], [4, 4]]);
 * ```
 */
export const lu: (x: Tensor) => PermutedLu = /* @__PURE__ */ defineOp("linalg.lu", (x) => {
  checkMatrices("linalg.lu", x);
  const [LU, pivots] = applyAll(luFactors, [x], { refuses: "" });
  return unpacked(LU, pivots);
}, { dtypes });

/**
 * P, L and U of what {@link luFactor} gave: `torch.lu_unpack`.
 *
 * @category Linear algebra
 */
export const luUnpack: (LU: Tensor, pivots: Tensor) => PermutedLu = /* @__PURE__ */ defineOp(
  "linalg.luUnpack",
  (LU, pivots) => {
    checkMatrices("linalg.luUnpack", LU);
    checkPivots("linalg.luUnpack", LU, pivots);
    return unpacked(LU, pivots);
  },
  { arity: 2, dtypes },
);

function checkPivots(op: string, LU: Tensor, pivots: Tensor): void {
  const k = Math.min(...LU.shape.slice(-2)), wanted = [...LU.shape.slice(0, -2), k];
  if (wanted.join() !== pivots.shape.join()) refuseShapes(op, LU, pivots, `pivots are ${wanted.join(" × ")}`);
}

/**
 * What {@link luSolve} may be told.
 *
 * @category Linear algebra
 */
export interface LuSolveOptions {
  /** Whether the matrix stands on the left of what is solved for; it does unless said. */
  readonly left?: boolean;
  /** Whether it is solved with the transpose; it is not unless said. */
  readonly adjoint?: boolean;
}

/**
 * x of a·x = b, or with `left: false` of x·a = b, from what {@link luFactor} gave of a and b `[…, n, k]`, leading axes
 * broadcasting: `torch.linalg.lu_solve`, and with arguments in another order `torch.lu_solve`. Gradients flow to the
 * factors.
 *
 * @category Linear algebra
 */
export const luSolve: (LU: Tensor, pivots: Tensor, b: Tensor, options?: LuSolveOptions) => Tensor =
  /* @__PURE__ */ defineOp("linalg.luSolve", (LU, pivots, b, options = {}) => {
    const op = "linalg.luSolve";
    checkOptions(op, options, { left: true, adjoint: true });
    const { left = true, adjoint = false } = options;
    checkSquare(op, LU);
    checkMatrices(op, b);
    checkPivots(op, LU, pivots);
    const n = LU.shape.at(-1)!, m = b.shape.at(left ? -2 : -1);
    if (n !== m) refuseShapes(op, LU, b, `inner extents are ${n} and ${m}`);
    if (!left) return transpose(luSolve(LU, pivots, transpose(b), { adjoint: !adjoint }));
    const [factors, side] = alike(op, LU, b);
    return solvedBy(factors, expand(pivots, factors.shape.slice(0, -1)), side, adjoint);
  }, { arity: 3, dtypes });
