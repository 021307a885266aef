/** The error of a job of many processes. */

/**
 * Processes of a job that do not fit together, or a job that cannot be joined: no library of MPI, ranks that ask for
 * different things, parameters that are not the same on all. Where ranks differ, it is thrown on all of them.
 *
 * @category Errors
 * @example
 * ```ts
 * import { DistributedError } from "@tapegrad/distributed";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new DistributedError("Cannot allReduce: rank 0 asks for f32 [3], rank 1 for f32 [4]");
 * assertEquals([error.name, error instanceof Error], ["DistributedError", true]);
 * ```
 */
export class DistributedError extends Error {
  /** The name of the class. */
  override readonly name = "DistributedError";
}
