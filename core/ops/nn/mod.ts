/**
 * The functions of networks that are no methods: what PyTorch has in `torch.nn.functional` alone. The functions of this
 * folder that are methods too, as `softmax`, are exported beside the other ops.
 * Declarations are marked as pure, so that a bundle has those alone that its program calls.
 */
export * from "./attention_weights.ts";
export type { AttentionMasks } from "./attention_masks.ts";
export * from "./multi_head_attention.ts";
export * from "./positions.ts";
export * from "./columns.ts";
export { conv1d, conv3d } from "./convolutions.ts";
export type { Single, Triple } from "./convolution_options.ts";
export * from "./transposed_convolutions.ts";
export * from "./affine.ts";
export * from "./affine_grid.ts";
export { embedding, type EmbeddingOptions } from "./embedding.ts";
export * from "./embedding_bag.ts";
export * from "./gates.ts";
export * from "./grid_sample.ts";
export * from "./interpolation.ts";
export * from "./shuffle.ts";
export * from "./distances.ts";
export {
  cosineSimilarity,
  type CosineSimilarityOptions,
  normalize,
  type NormalizeOptions,
  pairwiseDistance,
  type PairwiseDistanceOptions,
} from "./similarity.ts";
export * from "./adaptive_pool.ts";
export * from "./avg_pool.ts";
export * from "./fractional_pool.ts";
export * from "./lp_pool.ts";
export * from "./max_pool.ts";
export * from "./max_unpool.ts";
export type { Indexing, PicksLargest } from "./largest.ts";
export type { PoolOptions } from "./pool_windows.ts";
export * from "./batch_norm.ts";
export * from "./dropout.ts";
export {
  groupNorm,
  type GroupNormOptions,
  nativeGroupNorm,
  nativeLayerNorm,
  type NativeNorm,
} from "./group_norm.ts";
export * from "./local_response_norm.ts";
