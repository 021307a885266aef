/**
 * Tensors, the registry of ops, the tape and its transforms. It runs on whatever backend is
 * registered: importing `@tapegrad/backends` registers ours.
 *
 * @module
 */
export * from "./backend.ts";
export * from "./transforms.ts";

export { type Call, type Each, type Layer, withLayer } from "./call/layers.ts";
export { defaultDtype, setDefaultDtype } from "./device/context.ts";
export { enableGrad, isRecording, noGrad } from "./call/record.ts";
export type { GradientHook } from "./tensor/node.ts";
export { type OpInfo, type OpKind, ops } from "./call/catalog.ts";
export { ready } from "./tensor/ready.ts";
export { type Arriving, arriving } from "./tensor/arriving.ts";
export { type Memory, memory } from "./device/memory.ts";
export { apply, applyAll } from "./call/apply.ts";
export { guard } from "./device/observe.ts";
export { checkFunction, checkOptions, checkSetting } from "./base/settings.ts";
export { Changing, undone } from "./device/journal.ts";
export { showAsText, showBytes, showTable } from "./base/inspect.ts";
export { escapeHtml, htmlTable, type MimeBundle, showInNotebook, vegaLiteBundle } from "./base/html.ts";
export { keep, scope } from "./tape/scope.ts";
export type { MethodName } from "./method_names.ts";
export type { MethodOf, OpMethods, Synonyms, TensorMethods } from "./methods.ts";
export type { OwnMethods } from "./own_methods.ts";
export type { PyTorchNames } from "./pytorch_names.ts";
export type { HostArray } from "./ops/host_elements.ts";
export * from "./ops/mod.ts";
export * from "./ops/functions.ts";
export * as complex from "./ops/complex/mod.ts";
export * as fft from "./ops/fft/mod.ts";
export * as linalg from "./ops/linalg/mod.ts";
export * as masked from "./ops/masked/mod.ts";
export * as polynomial from "./ops/polynomial.ts";
export * as random from "./ops/distributions/mod.ts";
export * as special from "./ops/special/mod.ts";
export * as windows from "./ops/fft/windows.ts";
export * from "./ops/nn/mod.ts";
export {
  type ArrivalOptions,
  fromTransferable,
  type OnHost,
  toTransferable,
  transferList,
} from "./ops/transferable.ts";
export type { Batched, Composite, Op, Parts, Primitive, Rules, Saved, Saves, TensorType } from "./call/op.ts";
export { runKernel } from "./call/launch.ts";
export type { GivenGradient } from "./primitives/custom.ts";
export { fusedRows, mappedProduct, severalMaps } from "./primitives/fused.ts";
export { map } from "./primitives/map.ts";
export { transfer } from "./primitives/transfer.ts";
export { profile } from "./device/profile.ts";
export { Profile, type ProfileRow } from "./device/profile_table.ts";
export type { NestedArray } from "./tensor/fetch.ts";
export { read } from "./tensor/read.ts";
export * from "./define/composite.ts";
export {
  type BinaryOp,
  type Choices,
  defineElementwise,
  type ElementwiseOp,
  type ElementwiseOptions,
  type TernaryOp,
  type UnaryOp,
} from "./define/elementwise.ts";
export { meanOf, sumOf } from "./define/sums.ts";
export * from "./define/operands.ts";
export * from "./define/primitive.ts";
export type { Meeting, Met, NumberRule } from "./define/numbers.ts";
export { openScope, type Scope, unscoped } from "./device/scope.ts";
export type { Arrival } from "./device/awaited.ts";
export type { Storage } from "./device/storage.ts";
export type { StorageOptions } from "./device/storage_options.ts";
export { afterBackward } from "./tape/after.ts";
export { type BackwardOptions } from "./tape/backward.ts";
export { checkGradient } from "./tensor/gradient.ts";
export { memoryOf } from "./tensor/memory_of.ts";
export { Scalar } from "./tensor/scalar.ts";
export { HostTensor, type JSONTensor } from "./tensor/host_tensor.ts";
export { Tensor } from "./tensor/tensor.ts";
export { checkTensor } from "./tensor/tree.ts";
export { checkUpdate, defineUpdate, defineUpdates, type JointUpdate, type Update } from "./define/update.ts";
