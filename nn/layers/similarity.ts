/** How far vectors are apart, and how alike. */
import {
  checkOptions,
  cosineSimilarity,
  type CosineSimilarityOptions,
  pairwiseDistance,
  type PairwiseDistanceOptions,
  type Tensor,
} from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * Two tensors of vectors.
 *
 * @category Layers
 */
export type TwoVectors = readonly [x1: Tensor, x2: Tensor];

/**
 * {@link cosineSimilarity} as a module: `torch.nn.CosineSimilarity`.
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { CosineSimilarity, PairwiseDistance } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[3, 0]]), b = tensor([[0, 4]]);
 * assertEquals(await new CosineSimilarity().forward(a, b).array(), [0]);
 * assertEquals(await new PairwiseDistance({ eps: 0 }).forward(a, b).array(), [5]);
 * ```
 */
export class CosineSimilarity extends Module<TwoVectors> {
  readonly #options: CosineSimilarityOptions;

  /** Along an axis, norms counting as `eps` at least. */
  constructor(options: CosineSimilarityOptions = {}) {
    super();
    checkOptions("make a CosineSimilarity", options, { axis: 1, eps: 1e-8 });
    this.#options = options;
  }

  /** The cosine of the angle between vectors. */
  override forward(x1: Tensor, x2: Tensor): Tensor {
    return cosineSimilarity(x1, x2, this.#options);
  }
}

/**
 * {@link pairwiseDistance} as a module: `torch.nn.PairwiseDistance`.
 *
 * @category Layers
 */
export class PairwiseDistance extends Module<TwoVectors> {
  readonly #options: PairwiseDistanceOptions;

  /** By a p-norm, `eps` being added to each difference. */
  constructor(options: PairwiseDistanceOptions = {}) {
    super();
    checkOptions("make a PairwiseDistance", options, { p: 2, eps: 1e-6, keepDims: false });
    this.#options = options;
  }

  /** The distance of vectors. */
  override forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwiseDistance(x1, x2, this.#options);
  }
}
