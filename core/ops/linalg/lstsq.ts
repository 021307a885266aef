/** Least squares. */
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { described } from "../../base/text.ts";
import { apply } from "../../call/apply.ts";
import type { Composite, Parts, Saved } from "../../call/op.ts";
import { defineComposite, defineOp } from "../../define/composite.ts";
import { product, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { square, sub } from "../arithmetic.ts";
import { zeros } from "../creation.ts";
import { sum } from "../reductions.ts";
import { alike } from "./batches.ts";
import { checkMatrices, refuseShapes } from "./checks.ts";
import { transposedProduct } from "./primitives/gaps.ts";
import { matrixRank } from "./pinv.ts";
import { leastSquares, pinvBy, pinvCotangent, toleratedFront } from "./primitives/pinv.ts";
import { qr } from "./qr.ts";
import { svdvals } from "./svd.ts";
import { tolerancesOf } from "./primitives/tolerance.ts";
import { triangularSolved } from "./primitives/triangular.ts";

/**
 * How {@link lstsq} solves, by LAPACK's names: `gels` by QR, for matrices of full rank; the others by singular values,
 * `gelsy`, as unless said, telling the rank and `gelsd` and `gelss` the singular values too.
 *
 * @category Linear algebra
 */
export type LstsqDriver = "gels" | "gelsy" | "gelsd" | "gelss";

const drivers: readonly LstsqDriver[] = ["gels", "gelsy", "gelsd", "gelss"];

/**
 * What {@link lstsq} may be told.
 *
 * @category Linear algebra
 */
export interface LstsqOptions {
  /** Singular values up to this part of the largest count as zero; ε of the dtype times the larger extent unless said. */
  readonly rcond?: number;
  /** How it is solved. */
  readonly driver?: LstsqDriver;
}

/**
 * What {@link lstsq} tells; empty what it does not.
 *
 * @category Linear algebra
 */
export interface LeastSquares {
  /** x of the smallest ‖a·x - b‖, and of those the smallest x. */
  readonly solution: Tensor;
  /** The square of that norm for each column, where there are more rows than columns; `gelsy` does not tell it. */
  readonly residuals: Tensor;
  /** The rank of each matrix, as i32. */
  readonly rank: Tensor;
  /** The singular values of each matrix. */
  readonly singularValues: Tensor;
}

interface SolveAttributes {
  readonly driver: LstsqDriver;
}

function solve(inputs: readonly Tensor[], { driver }: SolveAttributes): readonly Tensor[] {
  if (driver !== "gels") return [leastSquares(inputs)];
  const [a, b] = inputs;
  const [m, n] = a.shape.slice(-2), { Q, R } = qr(m < n ? transpose(a) : a);
  const triangle = { upper: true, unit: false, left: true };
  if (m >= n) return [triangularSolved(R, transposedProduct(Q, b), triangle)];
  return [product(Q, triangularSolved(transpose(R), b, { ...triangle, upper: false }))];
}

function cotangents([ct]: Parts, { inputs }: Saved<SolveAttributes>, wanted: readonly boolean[]): Parts {
  if (!ct) return [null, null, null, null];
  const [a, b, atol, rtol] = inputs as readonly Tensor[], inverse = pinvBy(a, atol, rtol);
  return [
    wanted[0] ? pinvCotangent(product(ct, transpose(b)), a, inverse) : null,
    wanted[1] ? transposedProduct(inverse, ct) : null,
    null,
    null,
  ];
}

const solving: Composite<SolveAttributes> = /* @__PURE__ */ defineComposite({
  name: "lstsq",
  infer: ([a, { shape, dtype, backend }]) => ({
    shape: [...shape.slice(0, -2), a.shape.at(-1)!, shape.at(-1)!],
    dtype,
    backend,
  }),
  decompose: solve,
  vjp: cotangents,
  saves: () => ({ inputs: [0, 1, 2, 3], outputs: [] }),
  batch: (inputs, axes, attributes) => ({
    outputs: [apply(solving, toleratedFront(inputs, axes, 2), attributes)],
    axes: [0],
  }),
}, { arity: 2, dtypes: ["f32", "f64"] });

function driverOf(options: LstsqOptions): LstsqDriver {
  checkOptions("linalg.lstsq", options, { rcond: 0, driver: null });
  const { rcond, driver = "gelsy" } = options;
  if (rcond !== undefined) checkSetting("linalg.lstsq", "rcond", rcond);
  if (drivers.includes(driver)) return driver;
  throw new TypeError(
    `Cannot linalg.lstsq with driver ${described(driver)}: choose one of ${drivers.join(", ")}`,
  );
}

/**
 * x of the smallest ‖a·x - b‖ from a `[…, m, n]` and b `[…, m, k]`, and of those the one of the smallest norm:
 * `torch.linalg.lstsq`, with PyTorch's four results. Its gradient is that of matrices of the same rank. Residuals of
 * matrices without full rank are those there are, where PyTorch leaves them out.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const a = tensor([[1, 0], [1, 1], [1, 2]]), b = tensor([[1], [3], [5]]);
 * const { solution, residuals, rank } = linalg.lstsq(a, b, { driver: "gelsd" });
 * assertAlmostEquals(await solution.slice(1, 0).item(), 2, 1e-5);
 * assertAlmostEquals(await residuals.item(), 0, 1e-9);
 * assertEquals(await rank.item(), 2);
 * ```
 */
export const lstsq: (a: Tensor, b: Tensor, options?: LstsqOptions) => LeastSquares = /* @__PURE__ */ defineOp(
  "linalg.lstsq",
  (left, right, options = {}) => {
    checkMatrices("linalg.lstsq", left);
    checkMatrices("linalg.lstsq", right);
    if (left.shape.at(-2) !== right.shape.at(-2)) {
      refuseShapes("linalg.lstsq", left, right, `rows are ${left.shape.at(-2)} and ${right.shape.at(-2)}`);
    }
    const driver = driverOf(options), [a, b] = alike("linalg.lstsq", left, right), [m, n] = a.shape.slice(-2);
    const { rcond: rtol } = options,
      solution = apply(solving, [a, b, ...tolerancesOf(a, { rtol })], { driver });
    const nothing = (dtype: "i32" | typeof a.dtype) => zeros([0], { dtype, backend: a.backend });
    const hasValues = driver === "gelsd" || driver === "gelss";
    return {
      solution,
      residuals: m > n && driver !== "gelsy"
        ? sum(square(sub(product(a, solution), b)), -2)
        : nothing(a.dtype),
      rank: driver === "gels" ? nothing("i32") : matrixRank(left, { rtol }),
      singularValues: hasValues ? svdvals(left.detach()) : nothing(a.dtype),
    };
  },
  { arity: 2, dtypes: ["f32", "f64"] },
);
