/** Factors of symmetric positive definite matrices, and what is solved with them. */
import { checkOptions } from "../../base/settings.ts";
import { apply, applyAll } from "../../call/apply.ts";
import type { Composite, Parts } from "../../call/op.ts";
import { defineComposite, defineOp } from "../../define/composite.ts";
import { expand, product, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, neg, sub } from "../arithmetic.ts";
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
 * precision; WebGPU has those of up to 32 rows itself, in f32, from where others move to the host and back.
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

function solvedBy(factor: Tensor, b: Tensor): Tensor {
  return apply(solved, [factor, b], null);
}

// As of a = l·lᵀ with any l, which is how PyTorch has it: slopes beside the triangle are no zeros.
const solved: Composite = /* @__PURE__ */ defineComposite({
  name: "linalg.choleskySolve",
  infer: ([, { shape, dtype, backend }]) => ({ shape, dtype, backend }),
  decompose: ([l, b]) => [
    triangularSolved(transpose(l), triangularSolved(l, b, left), { ...left, upper: true }),
  ],
  vjp([ct], { inputs: [factor], outputs: [found] }, [wanted]): Parts {
    if (!ct) return [null, null];
    const l = factor as Tensor, slope = solvedBy(l, ct);
    if (!wanted) return [null, slope];
    const pairs = product(slope, transpose(found as Tensor));
    return [neg(product(add(pairs, transpose(pairs)), l)), slope];
  },
  saves: (_, [wanted]) => ({ inputs: [0], outputs: wanted ? [0] : [] }),
  jvp([dl, db], { inputs: [factor], outputs: [found] }): Parts {
    const l = factor as Tensor, pairs = dl && product(dl, transpose(l));
    const change = pairs && product(add(pairs, transpose(pairs)), found as Tensor);
    return [solvedBy(l, db && change ? sub(db, change) : db ?? neg(change!))];
  },
}, { arity: 2, dtypes: ["f32", "f64"] });

function checkedSolve(op: string, b: Tensor, factor: Tensor, options: TriangleOptions): Tensor {
  checkOptions(op, options, { upper: false });
  checkSquare(op, factor);
  checkMatrices(op, b);
  const [n, m] = [factor.shape.at(-1), b.shape.at(-2)];
  if (n !== m) refuseShapes(op, factor, b, `inner extents are ${n} and ${m}`);
  return solvedBy(...alike(op, options.upper ? transpose(factor) : factor, b));
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
export function choleskySolve(b: Tensor, factor: Tensor, options: TriangleOptions = {}): Tensor {
  return checkedSolve("linalg.choleskySolve", b, factor, options);
}

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
      return checkedSolve("linalg.choleskyInverse", expand(unit, shape), factor, options);
    },
    { dtypes: ["f32", "f64"] },
  );
