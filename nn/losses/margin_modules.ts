/** Losses with a margin as modules. */
import type { Tensor } from "@tapegrad/core";
import { multilabelSoftMarginLoss, type MultilabelSoftMarginOptions } from "./binary.ts";
import { multilabelMarginLoss, multiMarginLoss, type MultiMarginOptions } from "./class_margins.ts";
import { Loss, WeightedLoss } from "./loss.ts";
import {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  type MarginOptions,
  marginRankingLoss,
  softMarginLoss,
} from "./margins.ts";
import { checkLossOptions, type LossOptions } from "./options.ts";
import {
  type TripletDistanceOptions,
  tripletMarginLoss,
  type TripletMarginOptions,
  tripletMarginWithDistanceLoss,
} from "./triplets.ts";

/**
 * A pair, and what is to be true of it.
 *
 * @category Losses
 */
export type PairAndTarget = readonly [input1: Tensor, input2: Tensor, target: Tensor];

/**
 * An anchor, what is to be near it, and what is to be far.
 *
 * @category Losses
 */
export type Triplet = readonly [anchor: Tensor, positive: Tensor, negative: Tensor];

/**
 * {@link softMarginLoss} as a module, `torch.nn.SoftMarginLoss`.
 *
 * @category Losses
 */
export class SoftMarginLoss extends Loss<LossOptions> {
  /** {@link softMarginLoss} with these options. */
  constructor(options: LossOptions = {}) {
    super(softMarginLoss, checkLossOptions("softMarginLoss", options));
  }
}

/**
 * {@link hingeEmbeddingLoss} as a module, `torch.nn.HingeEmbeddingLoss`.
 *
 * @category Losses
 */
export class HingeEmbeddingLoss extends Loss<MarginOptions> {
  /** {@link hingeEmbeddingLoss} with these options. */
  constructor(options: MarginOptions = {}) {
    super(hingeEmbeddingLoss, checkLossOptions("hingeEmbeddingLoss", options));
  }
}

/**
 * {@link marginRankingLoss} as a module, `torch.nn.MarginRankingLoss`.
 *
 * @category Losses
 */
export class MarginRankingLoss extends Loss<MarginOptions, PairAndTarget> {
  /** {@link marginRankingLoss} with these options. */
  constructor(options: MarginOptions = {}) {
    super(marginRankingLoss, checkLossOptions("marginRankingLoss", options));
  }
}

/**
 * {@link cosineEmbeddingLoss} as a module, `torch.nn.CosineEmbeddingLoss`.
 *
 * @category Losses
 */
export class CosineEmbeddingLoss extends Loss<MarginOptions, PairAndTarget> {
  /** {@link cosineEmbeddingLoss} with these options. */
  constructor(options: MarginOptions = {}) {
    super(cosineEmbeddingLoss, checkLossOptions("cosineEmbeddingLoss", options));
  }
}

/**
 * {@link multiMarginLoss} as a module, `torch.nn.MultiMarginLoss`.
 *
 * @category Losses
 */
export class MultiMarginLoss extends WeightedLoss<MultiMarginOptions> {
  /** {@link multiMarginLoss} with these options. */
  constructor(options: MultiMarginOptions = {}) {
    super(multiMarginLoss, checkLossOptions("multiMarginLoss", options));
  }
}

/**
 * {@link multilabelMarginLoss} as a module, `torch.nn.MultiLabelMarginLoss`.
 *
 * @category Losses
 */
export class MultiLabelMarginLoss extends Loss<LossOptions> {
  /** {@link multilabelMarginLoss} with these options. */
  constructor(options: LossOptions = {}) {
    super(multilabelMarginLoss, checkLossOptions("multilabelMarginLoss", options));
  }
}

/**
 * {@link multilabelSoftMarginLoss} as a module, `torch.nn.MultiLabelSoftMarginLoss`.
 *
 * @category Losses
 */
export class MultiLabelSoftMarginLoss extends WeightedLoss<MultilabelSoftMarginOptions> {
  /** {@link multilabelSoftMarginLoss} with these options. */
  constructor(options: MultilabelSoftMarginOptions = {}) {
    super(multilabelSoftMarginLoss, checkLossOptions("multilabelSoftMarginLoss", options));
  }
}

/**
 * {@link tripletMarginLoss} as a module, `torch.nn.TripletMarginLoss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { TripletMarginLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = new TripletMarginLoss({ margin: 2, p: 1, eps: 0 });
 * assertEquals(await loss.forward(tensor([[0]]), tensor([[3]]), tensor([[-4]])).item(), 3 - 4 + 2);
 * ```
 */
export class TripletMarginLoss extends Loss<TripletMarginOptions, Triplet> {
  /** {@link tripletMarginLoss} with these options. */
  constructor(options: TripletMarginOptions = {}) {
    super(tripletMarginLoss, checkLossOptions("tripletMarginLoss", options));
  }
}

/**
 * {@link tripletMarginWithDistanceLoss} as a module, `torch.nn.TripletMarginWithDistanceLoss`.
 *
 * @category Losses
 */
export class TripletMarginWithDistanceLoss extends Loss<TripletDistanceOptions, Triplet> {
  /** {@link tripletMarginWithDistanceLoss} with these options. */
  constructor(options: TripletDistanceOptions = {}) {
    super(tripletMarginWithDistanceLoss, checkLossOptions("tripletMarginWithDistanceLoss", options));
  }
}
