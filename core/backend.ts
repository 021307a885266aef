/**
 * What a backend is written with: its interface, the kernels that ops ask for, expressions and what brings them to
 * the functions that it has, dtypes, layouts and errors. It loads neither tensors nor ops: those that run on the
 * backend are in `@tapegrad/core`, as is `registerKernel`, which gives an op a kernel on a backend that there is.
 *
 * @module
 */
export {
  bytesPerElement,
  checkLength,
  type DType,
  dtypeCode,
  dtypes,
  hasHostArray,
  hostArray,
  isFloating,
  type TypedArray,
} from "./base/dtype.ts";
export { environmentVariable } from "./base/environment.ts";
export * from "./base/errors.ts";
export { Recent } from "./base/recent.ts";
export { checkShape, sameShape, type Shape, sizeOf } from "./base/shape.ts";
export {
  coalesce,
  contiguousLayout,
  contiguousStrides,
  isContiguous,
  type Layout,
  type Loops,
} from "./base/layout.ts";
export { checkOptions } from "./base/settings.ts";
export { described, quoted, visible } from "./base/text.ts";
export * from "./device/arena.ts";
export * from "./device/backend.ts";
export * from "./device/choice.ts";
export type * from "./device/matrix_routines.ts";
export type * from "./device/plan.ts";
export {
  type BackendFactory,
  backendNamed,
  backends,
  openBackend,
  registerBackend,
} from "./device/registry.ts";
export { type Approximation, approximationOf, mulAdd, rarely } from "./expr/approximations/mod.ts";
export { type Knows, legalize } from "./expr/legalize.ts";
export * from "./expr/mod.ts";
export type { AdjointAttributes, ConvolutionAttributes } from "./ops/nn/convolution_rules.ts";
export { noRow, notDefinite, singular } from "./ops/linalg/faults.ts";
export type { WindowAttributes } from "./ops/nn/image_windows.ts";
export type * from "./primitives/attention_kernels.ts";
export * from "./primitives/attributes.ts";
export * from "./primitives/kernel_table.ts";
export * from "./primitives/map_parts.ts";
export type { ConvolutionKernels } from "./primitives/convolution_kernels.ts";
