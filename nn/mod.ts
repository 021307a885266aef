/**
 * Networks: modules, layers, losses, initial values and data.
 *
 * A module is called by its `forward`: `model.forward(x)` for a layer, `loss.forward(input, target)` for
 * a loss. There is no second way, and hooks need none: they are reached by `forward` too (see
 * {@link Module.registerForwardHook}). Every loss is also a plain function, as `mseLoss(input, target)`.
 *
 * @example An epoch of training
 * ```ts
 * import { key, normal, scope } from "@tapegrad/core";
 * import { DataLoader, Linear, MSELoss, Sequential, Tanh, TensorDataset } from "@tapegrad/nn";
 * import { GD } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assert } from "@std/assert";
 *
 * const x = normal([32, 2], { key: key(1) }), y = x.sum(1, { keepDims: true });
 * const model = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
 * const criterion = new MSELoss();
 * const optimizer = new GD(model, { learningRate: 0.05 });
 * const before = await criterion.forward(model.forward(x), y).item();
 * for (const [xs, ys] of new DataLoader(new TensorDataset(x, y), { batchSize: 8, shuffle: true })) {
 *   scope(() => {
 *     optimizer.zeroGrad();
 *     criterion.forward(model.forward(xs), ys).backward();
 *     optimizer.step();
 *   });
 * }
 * assert(await criterion.forward(model.forward(x), y).item() < before);
 * ```
 *
 * @module
 */
export { Activation, type ActivationClass } from "./layers/activation.ts";
export * from "./layers/activations.ts";
export * from "./layers/rectifiers.ts";
export * from "./layers/softmax.ts";
export * from "./layers/columns.ts";
export {
  Conv1d,
  Conv2d,
  Conv3d,
  Convolution,
  type ConvolutionKind,
  type ConvolutionLayerOptions,
  type ConvOptions,
} from "./layers/convolution.ts";
export type { DrawnOptions } from "./layers/drawn.ts";
export * from "./layers/padding.ts";
export * from "./layers/fractional_pooling.ts";
export * from "./layers/max_unpooling.ts";
export * from "./layers/pooling.ts";
export * from "./layers/transposed_convolution.ts";
export * from "./layers/batch_norm.ts";
export { ChannelNorm, type ChannelNormOptions } from "./layers/channel_norm.ts";
export * from "./layers/dropout.ts";
export * from "./layers/instance_norm.ts";
export * from "./layers/lazy.ts";
export * from "./layers/normalization.ts";
export * from "./data/mod.ts";
export * from "./files/mod.ts";
export * from "./fit/mod.ts";
export * as init from "./init.ts";
export * as parametrizations from "./parametrizations.ts";
export * as parametrize from "./parametrize.ts";
export * from "./layers/attention.ts";
export { Bilinear } from "./layers/bilinear.ts";
export * from "./layers/embedding.ts";
export * from "./layers/positions.ts";
export * from "./layers/recurrence/mod.ts";
export * from "./layers/transformer/mod.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export * from "./layers/resampling.ts";
export * from "./layers/similarity.ts";
export * from "./losses/mod.ts";
export * from "./metrics/mod.ts";
export * from "./layers/shape.ts";
export { type AnyModule, Module } from "./module.ts";
export { functionalCall, type FunctionalCallOptions } from "./functional_call.ts";
export * from "./fuse.ts";
export { skipInit } from "./skip_init.ts";
export type {
  BackwardHook,
  BackwardPreHook,
  ForwardHook,
  ForwardPreHook,
  HookHandle,
  HookOptions,
} from "./hooks.ts";
export type { BufferOptions } from "./buffers.ts";
export { collectParameters, ModuleParts } from "./parts.ts";
export { ModuleDict, ModuleList, ModuleSequence } from "./containers.ts";
export { ParameterDict, ParameterList } from "./parameter_containers.ts";
export { Sequential } from "./sequential.ts";
export { Summary, summary, type SummaryInputs, type SummaryRow } from "./summary.ts";
export {
  removeSpectralNorm,
  removeWeightNorm,
  spectralNorm,
  type SpectralNormOptions,
  weightNorm,
  type WeightNormOptions,
} from "./weight_norm.ts";
export { type LoadReport, type StateDict, StateDictError } from "./state.ts";
export type { FileAddress, PieceBlob, PieceReader, PieceStream } from "./stream.ts";
