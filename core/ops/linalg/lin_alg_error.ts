/** What says that there is no factor, inverse or solution. */

/**
 * A matrix that has no factor, inverse or solution: `torch.linalg.LinAlgError`. From a device that cannot be read at
 * once it comes when the result is read, as the cause of a `BackendError`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(async () => {
 *   const factor = linalg.cholesky(tensor([[1, 2], [2, 1]]));
 *   await factor.data();
 * }, Error, "is not positive definite, its leading minor of order 2 is not positive");
 * ```
 */
export class LinAlgError extends Error {
  /** Its name, as errors of this kind print. */
  override readonly name: string = "LinAlgError";
}
