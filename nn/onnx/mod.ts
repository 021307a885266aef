/**
 * Networks in ONNX's files: recorded programs as graphs that other runtimes run, and graphs of others as modules. It is
 * apart from `@tapegrad/nn`, so that programs which read and write none are no larger.
 *
 * @module
 */
export { type OnnxWriteOptions, toOnnx } from "./export/to_onnx.ts";
export type { ExternalData } from "./external.ts";
export { fromOnnx, type OnnxReadOptions } from "./import/from_onnx.ts";
export { OnnxModule, type OnnxValueInfo } from "./import/onnx_module.ts";
export { onnxOperators } from "./import/operators.ts";
export { OnnxError } from "./onnx_error.ts";
