/**
 * Tensors, the registry of ops, the tape and its transforms. It runs on whatever backend is
 * registered: importing `@tapegrad/backends` registers ours.
 *
 * @module
 */
import "./primitives/mod.ts";

export * from "./backend.ts";
export { e } from "./builder.ts";
export type { BinaryName, ExprBuilder, TernaryName, UnaryName } from "./builder.ts";
export { type OpInfo, type OpKind, ops } from "./catalog.ts";
export { ready } from "./arrival.ts";
export { type Memory, memory } from "./collector.ts";
export { apply, type Call, type Layer, withLayer } from "./dispatch.ts";
export {
  bytesPerElement,
  defaultDtype,
  type DType,
  dtypeCode,
  dtypes,
  hasHostArray,
  hostArray,
  isFloating,
  setDefaultDtype,
  type TypedArray,
} from "./dtype.ts";
export * from "./errors.ts";
export { castNumber, evaluate, Expr, type ExprKind, input, inputsOf, lower, topological } from "./expr.ts";
export { keep, scope } from "./memory.ts";
export type { TensorMethods } from "./methods.ts";
export * from "./ops/mod.ts";
export { OUTPUT, type Primitive, type Saved, type Signature } from "./primitive.ts";
export { profile } from "./profile.ts";
export { Profile, type ProfileRow } from "./profile_table.ts";
export { type NestedArray, read } from "./read.ts";
export * from "./registry.ts";
export { openScope, type Scope, unscoped } from "./scope.ts";
export {
  coalesce,
  contiguousLayout,
  contiguousStrides,
  isContiguous,
  type Layout,
  type Loops,
  sameShape,
  type Shape,
  sizeOf,
} from "./shape.ts";
export {
  type BinaryBuilder,
  type Builder,
  defineScalar,
  type Operand,
  type ResultRule,
  type ScalarFunction,
  scalarFunctions,
  type ScalarRule,
  type TernaryBuilder,
  type UnaryBuilder,
} from "./scalar.ts";
export { type Arrival, type Storage, type StorageOptions } from "./storage.ts";
export {
  type BackwardOptions,
  enableGrad,
  type GradientHook,
  isRecording,
  noGrad,
  type TapeNode,
} from "./tape.ts";
export { Tensor } from "./tensor.ts";
export * from "./transforms/mod.ts";
export { typesOf, withFloatOperands } from "./typing.ts";
export { defineUpdate, type Update } from "./update.ts";
