/**
 * What has no counterpart on the other side: a program's op that no operator of ONNX stands for, or an operator of a
 * file that is none here. The message tells each, and where it is used.
 *
 * @category Errors
 * @example
 * ```ts
 * import { OnnxError } from "@tapegrad/nn/onnx";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new OnnxError("Cannot read an ONNX file: no operator here is Loop", ["Loop"]);
 * assertEquals(error.operators, ["Loop"]);
 * ```
 */
export class OnnxError extends Error {
  /** The name of the class. */
  override readonly name = "OnnxError";
  /** What is not covered, each once. */
  readonly operators: readonly string[];
  /** An error with a message about operators, or ops. */
  constructor(message: string, operators: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.operators = operators;
  }
}
