/** Losses, as functions and as modules. */
export {
  bceLoss,
  bceLoss as binaryCrossEntropy,
  type BCEOptions,
  bceWithLogitsLoss,
  bceWithLogitsLoss as binaryCrossEntropyWithLogits,
  type BCEWithLogitsOptions,
  multilabelSoftMarginLoss,
  type MultilabelSoftMarginOptions,
} from "./binary.ts";
export { multilabelMarginLoss, multiMarginLoss, type MultiMarginOptions } from "./class_margins.ts";
export { crossEntropy, type CrossEntropyOptions, nllLoss, type NLLOptions } from "./cross_entropy.ts";
export { ctcLoss, type CTCOptions } from "./ctc.ts";
export type { Lengths } from "./ctc_sequences.ts";
export {
  gaussianNllLoss,
  type GaussianNLLOptions,
  klDiv,
  type KLDivOptions,
  poissonNllLoss,
  type PoissonNLLOptions,
} from "./densities.ts";
export {
  huberLoss,
  type HuberOptions,
  l1Loss,
  mseLoss,
  smoothL1Loss,
  type SmoothL1Options,
} from "./elements.ts";
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  type MarginOptions,
  marginRankingLoss,
  softMarginLoss,
} from "./margins.ts";
export { type InputAndTarget, Loss, WeightedLoss } from "./loss.ts";
export * from "./margin_modules.ts";
export * from "./modules.ts";
export type { LossOptions, Reduction } from "./options.ts";
export {
  type DistanceFunction,
  type TripletDistanceOptions,
  tripletMarginLoss,
  type TripletMarginOptions,
  tripletMarginWithDistanceLoss,
  type TripletOptions,
} from "./triplets.ts";
export {
  type AdaptiveLogSoftmaxOptions,
  AdaptiveLogSoftmaxWithLoss,
  type TargetsAndLoss,
} from "./adaptive_softmax.ts";
