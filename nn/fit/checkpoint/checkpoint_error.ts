/** The error of a checkpoint that a training cannot go on from. */

/**
 * A checkpoint of another model, optimizer or loader than what is trained, or what is no checkpoint at all. Nothing
 * has been changed.
 *
 * @category Errors
 * @example
 * ```ts
 * import { CheckpointError } from "@tapegrad/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new CheckpointError('"model.safetensors"', ["the optimizer is GD and was Adam"]);
 * assertEquals(error.message, 'Cannot resume from "model.safetensors": the optimizer is GD and was Adam');
 * ```
 */
export class CheckpointError extends Error {
  /** The name of the class. */
  override readonly name = "CheckpointError";
  /** What differs, a sentence each. */
  readonly differences: readonly string[];

  /** An error about the checkpoint called `place`. */
  constructor(place: string, differences: readonly string[], options?: ErrorOptions) {
    super(`Cannot resume from ${place}: ${differences.join("; ")}`, options);
    this.differences = differences;
  }
}
