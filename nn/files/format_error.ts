/**
 * A file that is not what it should be, or that holds what no tensor can: what was read, at which byte, what was
 * found there and what to do.
 *
 * @category Errors
 * @example
 * ```ts
 * import { FileFormatError, fromNpy } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const page = new TextEncoder().encode("<!doctype html>");
 * const error = await assertRejects(() => fromNpy(page), FileFormatError, "Cannot read a .npy file at byte 0");
 * assertEquals(error.byte, 0);
 * ```
 */
export class FileFormatError extends Error {
  /** The name of the class. */
  override readonly name = "FileFormatError";
  /** Where in the file, or in the named part of an archive. */
  readonly byte: number;
  /** An error about `what` was read: what was found at a byte, and the mend. */
  constructor(what: string, byte: number, found: string, options?: ErrorOptions) {
    super(`Cannot read ${what} at byte ${byte}: ${found}`, options);
    this.byte = byte;
  }
}
