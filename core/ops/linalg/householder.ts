/** Products of Householder reflectors, by the triangle that joins them (Schreiber and Van Loan, 1989). */
import { checkOptions } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import { product, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, sub } from "../arithmetic.ts";
import { tril, triu } from "../matrices.ts";
import { eye } from "../ranges.ts";
import { expand } from "../shape.ts";
import { narrow } from "../windows.ts";
import { checkMatrices, refuseShapes } from "./checks.ts";
import { timesRows, transposedProduct } from "./primitives/gaps.ts";
import { triangularSolved } from "./primitives/triangular.ts";

function unitOf(m: number, n: number, { dtype, backend }: Tensor): Tensor {
  return eye(m, n, { dtype, backend });
}

/** The vectors of reflectors as columns. */
function vectorsOf(op: string, a: Tensor, tau: Tensor): Tensor {
  checkMatrices(op, a);
  const [m, n] = a.shape.slice(-2), k = tau.shape.at(-1) ?? NaN;
  const leads = [a.shape.slice(0, -2), tau.shape.slice(0, -1)].map(String);
  if (m < n || !(k <= n) || leads[0] !== leads[1]) {
    refuseShapes(op, a, tau, "[…, m, n] and […, k] are needed with m ≥ n ≥ k");
  }
  return add(tril(narrow(a, -1, 0, k), -1), unitOf(m, k, a));
}

// H₁·H₂… = I - V·(I + τS)⁻¹·τ·Vᵀ, in which S is VᵀV above its diagonal: nothing is divided by a τ, which may be 0.
function applied(v: Tensor, tau: Tensor, c: Tensor, isTransposed: boolean): Tensor {
  const k = v.shape.at(-1)!, inner = transposedProduct(v, c);
  const joined = add(timesRows(tau, triu(transposedProduct(v, v), 1)), unitOf(k, k, v));
  const solved = isTransposed
    ? timesRows(tau, triangularSolved(transpose(joined), inner, { upper: false, unit: true, left: true }))
    : triangularSolved(joined, timesRows(tau, inner), { upper: true, unit: true, left: true });
  return sub(c, product(v, solved));
}

/**
 * The first n columns of the product of the reflectors `I - τ·v·vᵀ` that {@link geqrf} gives, of their vectors
 * `[…, m, n]` below the diagonal and their `tau` `[…, k]`: `torch.linalg.householder_product`, `torch.orgqr`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, matmul, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { a, tau } = linalg.geqrf(tensor([[3], [4]]));
 * const q = linalg.householderProduct(a, tau);
 * assertAlmostEquals(await q.slice(1, 0).item(), -0.8, 1e-6);
 * ```
 */
export const householderProduct: (a: Tensor, tau: Tensor) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.householderProduct",
  (a, tau) => {
    const v = vectorsOf("linalg.householderProduct", a, tau);
    return applied(v, tau, expand(unitOf(a.shape.at(-2)!, a.shape.at(-1)!, a), a.shape), false);
  },
  { arity: 2, dtypes: ["f32", "f64"] },
);

/**
 * What {@link ormqr} may be told.
 *
 * @category Linear algebra
 */
export interface OrmqrOptions {
  /** Whether the orthogonal matrix stands on the left, as it does unless said. */
  readonly left?: boolean;
  /** Whether its transpose does. */
  readonly transpose?: boolean;
}

/**
 * The product of other matrices with the square orthogonal one of reflectors, which is not made for it: `torch.ormqr`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = tensor([[3], [4]]), { a, tau } = linalg.geqrf(x);
 * assertAlmostEquals(await linalg.ormqr(a, tau, x, { transpose: true }).slice(0, 0).item(), -5, 1e-5);
 * ```
 */
export const ormqr: (a: Tensor, tau: Tensor, other: Tensor, options?: OrmqrOptions) => Tensor =
  /* @__PURE__ */ defineOp("linalg.ormqr", (a, tau, other, options = {}) => {
    checkOptions("linalg.ormqr", options, { left: true, transpose: false });
    const v = vectorsOf("linalg.ormqr", a, tau), { left = true, transpose: isTransposed = false } = options;
    checkMatrices("linalg.ormqr", other);
    const c = left ? other : transpose(other);
    if (c.shape.at(-2) !== v.shape.at(-2) || String(c.shape.slice(0, -2)) !== String(v.shape.slice(0, -2))) {
      refuseShapes("linalg.ormqr", a, other, "their rows, or with left: false its columns, are not as many");
    }
    return left ? applied(v, tau, c, isTransposed) : transpose(applied(v, tau, c, !isTransposed));
  }, { arity: 3, dtypes: ["f32", "f64"] });
