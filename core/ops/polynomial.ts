/**
 * Polynomials by their coefficients, that of the highest power first, as numpy's `polyfit`, `polyval` and `roots` have them.
 *
 * @module
 */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger, checkOptions, checkSetting } from "../base/settings.ts";
import { defineOp } from "../define/composite.ts";
import { checkFloating } from "../define/operands.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { div, mul, neg } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { zerosLike } from "./creation.ts";
import { concat } from "./joining.ts";
import { eigvals } from "./linalg/eig.ts";
import { lstsq } from "./linalg/lstsq.ts";
import { eye } from "./ranges.ts";
import { expand, squeeze, unsqueeze } from "./shape.ts";
import { norm } from "./statistics.ts";
import { vander } from "./tensor_products.ts";
import { narrow } from "./windows.ts";

export { polyval } from "./sequences.ts";

function refuse(op: string, { shape }: Tensor, why: string): never {
  throw new ShapeError(`Cannot ${op} ${showShape(shape)}: ${why}`, { op, shapes: [shape] });
}

/**
 * What {@link polyfit} may be told.
 *
 * @category Polynomials
 */
export interface PolyfitOptions {
  /** Singular values up to this part of the largest count as zero; the number of points times ε unless said. */
  readonly rcond?: number;
  /** What the residual at each point is multiplied with, not its square. */
  readonly w?: Tensor;
}

function checkPoints(x: Tensor, y: Tensor, options: PolyfitOptions): void {
  checkOptions("polynomial.polyfit", options, { rcond: 0, w: null });
  if (options.rcond !== undefined) checkSetting("polynomial.polyfit", "rcond", options.rcond);
  if (options.w !== undefined) checkTensor("polynomial.polyfit", options.w);
  checkFloating("polynomial.polyfit", x);
  if (x.rank !== 1) refuse("polynomial.polyfit", x, "a vector of places is needed");
  if (y.rank < 1 || y.rank > 2 || y.shape[0] !== x.size) {
    refuse("polynomial.polyfit", y, `values at ${x.size} places are needed`);
  }
}

/**
 * The coefficients of the polynomial of a degree with the least sum of squares from values y `[m]`, or `[m, k]` for k
 * polynomials, at places x `[m]`: `numpy.polyfit`. Columns of powers are scaled to one length before.
 *
 * @category Polynomials
 * @example
 * ```ts
 * import { polynomial, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const line = polynomial.polyfit(tensor([0, 1, 2]), tensor([1, 3, 5]), 1);
 * assertAlmostEquals(await line.slice(0).item(), 2, 1e-5);
 * assertAlmostEquals(await line.slice(1).item(), 1, 1e-5);
 * ```
 */
export const polyfit: (x: Tensor, y: Tensor, degree: number, options?: PolyfitOptions) => Tensor =
  /* @__PURE__ */ defineOp("polynomial.polyfit", (x, y, degree, options = {}) => {
    checkPoints(x, y, options);
    checkInteger("polynomial.polyfit", "degree", degree, 0);
    const { w, rcond = x.size * (x.dtype === "f64" ? 2 ** -52 : 2 ** -23) } = options;
    const weighted = (rows: Tensor) => w ? mul(rows, unsqueeze(w, -1)) : rows;
    const powers = weighted(vander(x, { n: degree + 1 })), lengths = norm(powers, 0, { keepDims: true });
    const scale = where(lengths.equal(0), 1, lengths), values = weighted(y.rank === 1 ? unsqueeze(y, -1) : y);
    const { solution } = lstsq(div(powers, scale), values, { rcond });
    const found = div(solution, unsqueeze(squeeze(scale, 0), -1));
    return y.rank === 1 ? squeeze(found, -1) : found;
  }, { arity: 2, dtypes: ["f32", "f64"] });

/**
 * Where polynomials are 0: from coefficients `[…, n + 1]`, the first of which is not 0, all n places as pairs of real and
 * imaginary part `[…, n, 2]`, the eigenvalues of a companion matrix: `numpy.roots`. The gradient is right where they are
 * simple.
 *
 * @category Polynomials
 * @example
 * ```ts
 * import { polynomial, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await polynomial.roots(tensor([1, 0, 4])).array(), [[0, 2], [0, -2]]);
 * ```
 */
export const roots: (p: Tensor) => Tensor = /* @__PURE__ */ defineOp("polynomial.roots", (p) => {
  checkFloating("polynomial.roots", p);
  if (p.rank === 0 || p.shape.at(-1) === 0) {
    refuse("polynomial.roots", p, "coefficients along an axis are needed");
  }
  const n = p.shape.at(-1)! - 1, lead = p.shape.slice(0, -1);
  const monic = neg(div(narrow(p, -1, 1, n), narrow(p, -1, 0, 1)));
  if (n === 0) return concat([unsqueeze(monic, -1), zerosLike(unsqueeze(monic, -1))], -1);
  const below = eye(n - 1, n, { dtype: p.dtype, backend: p.backend });
  return eigvals(concat([unsqueeze(monic, -2), expand(below, [...lead, n - 1, n])], -2));
}, { dtypes: ["f32", "f64"] });
