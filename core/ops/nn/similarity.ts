/** How far vectors are apart, and how alike. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { broadcastShapes } from "../../base/shape.ts";
import { defineOp } from "../../define/composite.ts";
import { checkFloating, commonDtype } from "../../define/operands.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, div, mul, sub } from "../arithmetic.ts";
import { clamp, where } from "../choice.ts";
import { equal } from "../comparison.ts";
import { abs, maximum } from "../magnitude.ts";
import { sqrt } from "../arithmetic.ts";
import { max, sum } from "../reductions.ts";
import { broadcastTensors, unsqueeze } from "../shape.ts";
import { norm } from "../statistics.ts";
import { widened } from "../widen.ts";
import { straightThrough } from "./straight_through.ts";

/** What {@link normalize} may be told. */
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

/** What {@link cosineSimilarity} may be told. */
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

/** Two tensors of one dtype, which broadcast together. */
function together(op: string, a: Tensor, b: Tensor): readonly Tensor[] {
  const dtype = commonDtype([a, b]), both = [a.to(dtype), b.to(dtype)];
  checkFloating(op, both[0]);
  return both;
}

/**
 * a·b/(‖a‖‖b‖) of vectors along an axis, norms counting as `eps` at least: `torch.nn.functional.cosine_similarity`.
 * Shapes broadcast; integers are a {@link DtypeError}.
 *
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

/** What {@link pairwiseDistance} may be told. */
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

/** What {@link cdist} may be told. */
export interface CdistOptions {
  /** The order of the norm, from 0: 2 unless said. */
  readonly p?: number;
}

function checkRows(a: Tensor, b: Tensor): void {
  if (a.rank >= 2 && b.rank >= 2 && a.shape.at(-1) === b.shape.at(-1)) {
    broadcastShapes("cdist", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    return;
  }
  throw new ShapeError(
    `Cannot cdist ${showShape(a.shape)} and ${showShape(b.shape)}: rows of one length, [..., P, M] and ` +
      "[..., R, M], are needed",
    { op: "cdist", shapes: [a.shape, b.shape] },
  );
}

// Where several coordinates are farthest apart, each has the whole gradient, in PyTorch.
function largest(distances: Tensor): Tensor {
  const found = max(distances, -1, { keepDims: true }).detach();
  const farthest = sum(where(equal(distances.detach(), found), distances, 0), -1);
  return straightThrough(found.reshape(farthest.shape), farthest);
}

/**
 * The distance of each of P rows to each of R rows, `[…, P, M]` and `[…, R, M]` to `[…, P, R]`, by a p-norm:
 * `torch.cdist`. Leading axes broadcast; a distance of 0 has the gradient 0. Rows of different lengths are a {@link
 * ShapeError}, integers a {@link DtypeError}.
 *
 * @example
 * ```ts
 * import { cdist, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[0, 0], [3, 4]]), b = tensor([[0, 0], [3, 0], [0, 4]]);
 * assertEquals(await cdist(a, b).array(), [[0, 3, 4], [5, 4, 3]]);
 * assertEquals(await cdist(a, b, { p: 0 }).array(), [[0, 1, 1], [2, 1, 1]]);
 * ```
 */
export const cdist: (x1: Tensor, x2: Tensor, options?: CdistOptions) => Tensor = /* @__PURE__ */ defineOp(
  "cdist",
  (x1, x2, { p = 2 } = {}) => {
    checkRows(x1, x2);
    checkSetting("cdist", "p", p, 0, Infinity);
    const [a, b] = together("cdist", x1, x2), difference = sub(unsqueeze(a, -2), unsqueeze(b, -3));
    if (p === Infinity && difference.size > 0) return widened(abs(difference), largest);
    return norm(difference, -1, { order: Math.min(p, Number.MAX_VALUE) });
  },
  { arity: 2, known: { p: 2 } },
);
