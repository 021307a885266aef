/** Factors of symmetric positive definite matrices, and what is solved with them. */
import { checkOptions } from "../../base/settings.ts";
import { applyAll } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import { expand, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { eye } from "../ranges.ts";
import { alike } from "./batches.ts";
import { checkMatrices, checkSquare, refuseShapes } from "./checks.ts";
import { choleskyFactor } from "./primitives/cholesky.ts";
import { triangularSolved } from "./primitives/triangular.ts";

/**
 * Which triangle is meant.
 *
 * @category Linear algebra
 */
export interface TriangleOptions {
  /** Whether the upper triangle is read and given; the lower one unless said. */
  readonly upper?: boolean;
}

function factorOf(op: string, x: Tensor, options: TriangleOptions, check: boolean): readonly Tensor[] {
  checkSquare(op, x);
  checkOptions(op, options, { upper: false });
  if (!options.upper) return applyAll(choleskyFactor, [x], { check });
  const [factor, info] = applyAll(choleskyFactor, [transpose(x)], { check });
  return [transpose(factor), info];
}

/**
 * The lower triangular L of L·Lᵀ = x, of symmetric positive definite matrices `[…, n, n]` of which one triangle is
 * read, or with `upper` the transpose of it: `torch.linalg.cholesky`, `torch.cholesky`. Its gradient is symmetric. A
 * matrix that is not positive definite is a {@link LinAlgError} that says which. It is computed on the host in double
 * precision; from WebGPU the matrices move there and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const factor = linalg.cholesky(tensor([[4, 2], [2, 10]]));
 * assertEquals(await factor.array(), [[2, 0], [1, 3]]);
 * ```
 */
export const cholesky: (x: Tensor, options?: TriangleOptions) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.cholesky",
  (x, options = {}) => factorOf("linalg.cholesky", x, options, true)[0],
  { dtypes: ["f32", "f64"] },
);

/**
 * A factor, and whether there is one.
 *
 * @category Linear algebra
 */
export interface CholeskyInfo {
  /** The factor, NaN where there is none. */
  readonly L: Tensor;
  /** 0, or the order of the first leading minor that is not positive, as i32. */
  readonly info: Tensor;
}

/**
 * {@link cholesky} that tells of matrices that are not positive definite instead of throwing:
 * `torch.linalg.cholesky_ex`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const { L, info } = linalg.choleskyEx(tensor([[[9, 0], [0, 1]], [[1, 2], [2, 1]]]));
 * assertEquals(await L.slice(0).array(), [[3, 0], [0, 1]]);
 * assertEquals(await info.array(), [0, 2]);
 * ```
 */
export const choleskyEx: (x: Tensor, options?: TriangleOptions) => CholeskyInfo = /* @__PURE__ */ defineOp(
  "linalg.choleskyEx",
  (x, options = {}) => {
    const [L, info] = factorOf("linalg.choleskyEx", x, options, false);
    return { L, info };
  },
  { dtypes: ["f32", "f64"] },
);

const left = { upper: false, unit: false, left: true };

function solved(op: string, b: Tensor, factor: Tensor, options: TriangleOptions): Tensor {
  checkOptions(op, options, { upper: false });
  checkSquare(op, factor);
  checkMatrices(op, b);
  const [n, m] = [factor.shape.at(-1), b.shape.at(-2)];
  if (n !== m) refuseShapes(op, factor, b, `inner extents are ${n} and ${m}`);
  const [l, side] = alike(op, options.upper ? transpose(factor) : factor, b);
  return triangularSolved(transpose(l), triangularSolved(l, side, left), { ...left, upper: true });
}

/**
 * x of a·x = b from b `[…, n, k]` and the factor that {@link cholesky} gave of a: `torch.cholesky_solve`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const factor = linalg.cholesky(tensor([[4, 2], [2, 10]]));
 * assertEquals(await linalg.choleskySolve(tensor([[8], [22]]), factor).array(), [[1], [2]]);
 * ```
 */
export const choleskySolve: (b: Tensor, factor: Tensor, options?: TriangleOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "linalg.choleskySolve",
    (b, factor, options = {}) => solved("linalg.choleskySolve", b, factor, options),
    { arity: 2, dtypes: ["f32", "f64"] },
  );

/**
 * The inverse of matrices from the factors that {@link cholesky} gave of them: `torch.cholesky_inverse`.
 *
 * @category Linear algebra
 */
export const choleskyInverse: (factor: Tensor, options?: TriangleOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "linalg.choleskyInverse",
    (factor, options = {}) => {
      checkSquare("linalg.choleskyInverse", factor);
      const { dtype, backend, shape } = factor, unit = eye(shape.at(-1)!, undefined, { dtype, backend });
      return solved("linalg.choleskyInverse", expand(unit, shape), factor, options);
    },
    { dtypes: ["f32", "f64"] },
  );
