/** How far vectors are apart, and how alike. */
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { defineOp } from "../../define/composite.ts";
import { checkFloating, commonDtype } from "../../define/operands.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, div, mul, sqrt, sub } from "../arithmetic.ts";
import { clamp } from "../choice.ts";
import { maximum } from "../magnitude.ts";
import { sum } from "../reductions.ts";
import { broadcastTensors } from "../shape.ts";
import { norm } from "../statistics.ts";
import { widened } from "../widen.ts";
import { straightThrough } from "./straight_through.ts";

/**
 * What {@link normalize} may be told.
 *
 * @category Network functions
 */
export interface NormalizeOptions {
  /** The order of the norm: 2 unless said. */
  readonly p?: number;
  /** Along which axes it is taken: 1 unless said. */
  readonly axis?: number | readonly number[];
  /** What a smaller norm counts as: 1e-12 unless said. */
  readonly eps?: number;
}

/**
 * Vectors along an axis divided by their norm, which counts as `eps` at least: `torch.nn.functional.normalize`. Integers
 * are a {@link DtypeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { normalize, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[3, -4], [0, 0]], { dtype: "f64" });
 * assertEquals(await normalize(x).array(), [[0.6, -0.8], [0, 0]]);
 * assertEquals(await normalize(x, { p: Infinity, axis: 0 }).array(), [[1, -1], [0, 0]]);
 * ```
 */
export const normalize: (x: Tensor, options?: NormalizeOptions) => Tensor = /* @__PURE__ */ defineOp(
  "normalize",
  (x, options = {}) => {
    checkOptions("normalize", options, { p: 2, axis: null, eps: 1e-12 });
    const { p = 2, axis = 1, eps = 1e-12 } = options;
    checkSetting("normalize", "eps", eps, 0);
    return widened(x, (values) => {
      const lengths = norm(values, axis, { order: p, keepDims: true });
      return div(values, clamp(lengths, eps, Infinity));
    });
  },
);

/**
 * What {@link cosineSimilarity} may be told.
 *
 * @category Network functions
 */
export interface CosineSimilarityOptions {
  /** Along which axis vectors lie: 1 unless said. */
  readonly axis?: number;
  /** What a smaller norm counts as: 1e-8 unless said. */
  readonly eps?: number;
}

/** Vectors divided by their 2-norm, which counts as eps at least; the derivative is that of the norm even there, as PyTorch's. */
function directions(x: Tensor, axis: number, eps: number): Tensor {
  const squares = sum(mul(x, x), axis, { keepDims: true });
  return div(x, sqrt(straightThrough(maximum(squares, eps * eps), squares)));
}

/** Two tensors of one floating dtype; `op` names who asked. */
export function together(op: string, a: Tensor, b: Tensor): readonly Tensor[] {
  const dtype = commonDtype([a, b]), both = [a.to(dtype), b.to(dtype)];
  checkFloating(op, both[0]);
  return both;
}

/**
 * a·b/(‖a‖‖b‖) of vectors along an axis, norms counting as `eps` at least: `torch.nn.functional.cosine_similarity`.
 * Shapes broadcast; integers are a {@link DtypeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { cosineSimilarity, pairwiseDistance, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[1, 0], [3, 4]]), b = tensor([[0, 7], [-6, -8]]);
 * assertEquals(await cosineSimilarity(a, b).array(), [0, -1]);
 * assertEquals(await pairwiseDistance(a, b, { p: 1, eps: 0 }).array(), [8, 21]);
 * ```
 */
export const cosineSimilarity: (x1: Tensor, x2: Tensor, options?: CosineSimilarityOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "cosineSimilarity",
    (x1, x2, { axis = 1, eps = 1e-8 } = {}) => {
      checkSetting("take the cosineSimilarity", "eps", eps, 0);
      const [a, b] = broadcastTensors(together("cosineSimilarity", x1, x2));
      return sum(mul(directions(a, axis, eps), directions(b, axis, eps)), axis);
    },
    { arity: 2, known: { axis: 1, eps: 1e-8 } },
  );

/**
 * What {@link pairwiseDistance} may be told.
 *
 * @category Network functions
 */
export interface PairwiseDistanceOptions {
  /** The order of the norm: 2 unless said. */
  readonly p?: number;
  /** What is added to each difference: 1e-6 unless said. */
  readonly eps?: number;
  /** Whether the last axis stays with extent 1; it does not unless said. */
  readonly keepDims?: boolean;
}

/**
 * ‖a - b + eps‖ of vectors along the last axis, by a p-norm: `torch.nn.functional.pairwise_distance`. Shapes broadcast;
 * integers are a {@link DtypeError}.
 *
 * @category Network functions
 */
export const pairwiseDistance: (x1: Tensor, x2: Tensor, options?: PairwiseDistanceOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "pairwiseDistance",
    (x1, x2, { p = 2, eps = 1e-6, keepDims = false } = {}) => {
      checkSetting("take the pairwiseDistance", "eps", eps);
      const [a, b] = together("pairwiseDistance", x1, x2);
      return norm(add(sub(a, b), eps), -1, { order: p, keepDims });
    },
    { arity: 2, known: { p: 2, eps: 1e-6, keepDims: false } },
  );
