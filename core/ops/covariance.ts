/** Covariances, distances and lengths that are limited. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkOptions, checkSetting } from "../base/settings.ts";
import { normalizeAxis } from "../base/shape.ts";
import { defineOp } from "../define/composite.ts";
import { checkFloating } from "../define/operands.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { add, div, mul, sqrt, sub } from "./arithmetic.ts";
import { clamp, where } from "./choice.ts";
import { greater } from "./comparison.ts";
import { to } from "./convert.ts";
import { matmul } from "./linear_algebra.ts";
import { maximum } from "./magnitude.ts";
import { diagonal } from "./matrices.ts";
import { sum } from "./reductions.ts";
import { reshape, squeeze, unsqueeze } from "./shape.ts";
import { transpose } from "./axis_order.ts";
import { mean, norm } from "./statistics.ts";

/**
 * What {@link cov} may be told.
 *
 * @category Reductions
 */
export interface CovOptions {
  /** What is taken off the count before dividing: 1 unless said. */
  readonly correction?: number;
  /** How often each observation was made, as integers. */
  readonly fweights?: Tensor;
  /** How much each observation weighs. */
  readonly aweights?: Tensor;
}

// The weight of each observation, that of all, and what is divided by.
function weightsOf(x: Tensor, { correction = 1, fweights, aweights }: CovOptions): [Tensor, Tensor, Tensor] {
  const [counts, weights] = [fweights, aweights].map((w) => {
    if (w === undefined) return undefined;
    checkTensor("cov with weights", w);
    return to(w, x.dtype);
  });
  const each = counts && weights ? mul(counts, weights) : (counts ?? weights)!, total = sum(each);
  const spent = weights ? mul(div(sum(mul(each, weights)), total), correction) : correction;
  return [each, total, maximum(sub(total, spent), 0)];
}

/**
 * The covariances of variables, a row each, over observations, a column each: `torch.cov`. Of a vector it is the
 * variance. Integers are a {@link DtypeError}.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { corrcoef, cov, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[0, 1, 2], [2, 1, 0]]);
 * assertEquals(await cov(x).array(), [[1, -1], [-1, 1]]);
 * assertEquals(await cov(x, { fweights: tensor([1, 0, 1], { dtype: "i32" }) }).array(), [[2, -2], [-2, 2]]);
 * assertEquals(await corrcoef(x).array(), [[1, -1], [-1, 1]]);
 * ```
 */
export const cov: (x: Tensor, options?: CovOptions) => Tensor = defineOp("cov", (given, options = {}) => {
  checkOptions("cov", options, { correction: 1, fweights: null, aweights: null });
  checkFloating("cov", given);
  const x = given.rank < 2 ? reshape(given, [1, given.size]) : given,
    { correction = 1, fweights, aweights } = options;
  checkSetting("take cov", "correction", correction);
  if (x.rank > 2) {
    throw new ShapeError(`Cannot cov ${showShape(x.shape)}: a matrix or a vector is needed`, { op: "cov" });
  }
  if (!fweights && !aweights) {
    const d = sub(x, mean(x, 1, { keepDims: true }));
    return squeeze(div(matmul(d, transpose(d)), Math.max(0, x.shape[1] - correction)));
  }
  const [each, total, left] = weightsOf(x, options);
  const d = sub(x, div(sum(mul(x, each), 1, { keepDims: true }), total));
  return squeeze(div(matmul(mul(d, each), transpose(d)), left));
});

/**
 * The correlations of variables, a row each, over observations, a column each: `torch.corrcoef`.
 *
 * @category Reductions
 */
export const corrcoef: (x: Tensor) => Tensor = defineOp("corrcoef", (x) => {
  const all = cov(x);
  if (all.rank === 0) return div(all, all);
  const deviations = sqrt(diagonal(all));
  return clamp(div(div(all, unsqueeze(deviations, 1)), deviations), -1, 1);
});

/**
 * What {@link dist} may be told.
 *
 * @category Reductions
 */
export interface DistOptions {
  /** p of the p-norm; 2 unless said. */
  readonly p?: number;
}

/**
 * The p-norm of the difference of two tensors, which broadcast; p is 2 unless said. It is `torch.dist`.
 *
 * @category Reductions
 */
export const dist: (a: Tensor, b: Tensor, options?: DistOptions) => Tensor = defineOp(
  "dist",
  (a, b, { p = 2 } = {}) => norm(sub(a, b), undefined, { order: p }),
  { arity: 2, known: { p: 2 } },
);

/**
 * The slices along an axis, those longer than `maxNorm` by their p-norm made that long: `torch.renorm`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { dist, renorm, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([[3, 4], [0.5, 0]]), short = renorm(x, 2, 0, 1);
 * assertAlmostEquals(await short.slice(0).norm().item(), 1, 1e-6);
 * assertEquals(await short.slice(1).array(), [0.5, 0]);
 * assertEquals(await dist(x.slice(0), tensor([0, 0])).item(), 5);
 * ```
 */
export const renorm: (x: Tensor, p: number, axis: number, maxNorm: number) => Tensor = defineOp(
  "renorm",
  (x, p, axis, maxNorm) => {
    checkSetting("renorm", "maxNorm", maxNorm, 0, Infinity);
    const at = normalizeAxis("renorm", axis, x.rank);
    const length = norm(x, x.shape.flatMap((_, i) => i === at ? [] : [i]), { order: p, keepDims: true });
    return where(greater(length, maxNorm), mul(x, div(maxNorm, add(length, 1e-7))), x);
  },
);
