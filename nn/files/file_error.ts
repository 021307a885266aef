/**
 * A file that could not be reached: what was to be done, with which file, why it could not and the mend.
 *
 * @category Errors
 * @example
 * ```ts
 * import { FileError } from "@tapegrad/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new FileError("read", "model.pt", "there is no such file or folder");
 * assertEquals(error.message, 'Cannot read "model.pt": there is no such file or folder');
 * assertEquals(error.path, "model.pt");
 * ```
 */
export class FileError extends Error {
  /** The name of the class. */
  override readonly name = "FileError";
  /** Which file. */
  readonly path: string;
  /** An error about what was `asked` of a file: what was found, and the mend. */
  constructor(asked: string, path: string, found: string, options?: ErrorOptions) {
    super(`Cannot ${asked} ${JSON.stringify(path)}: ${found}`, options);
    this.path = path;
  }
}
