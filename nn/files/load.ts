/** Tensors by name from a file on disk. */
import type { StateDict } from "../state.ts";
import { openFile, pathOf } from "./disk.ts";
import { checkReading, type FileReadOptions } from "./elements.ts";
import { FileError } from "./file_error.ts";
import { formatOf } from "./formats.ts";
import { npzTensors } from "./npz.ts";
import { openSafetensors, stateOf } from "./safetensors.ts";
import { indexPath } from "./shards_writing.ts";
import { withFile } from "./source.ts";

/**
 * How a file is loaded.
 *
 * @category Files
 */
export interface LoadOptions extends FileReadOptions {}

/**
 * Loads tensors by name, which {@link Module.loadStateDict} takes, by the end of the path: safetensors, with an index
 * where they are several files, and `.npz`. A {@link FileError} says what could not be reached and why, a
 * {@link FileFormatError} what is wrong with a file. Where there is no disk, {@link fromSafetensors} and its like
 * read bytes. `torch.load`.
 *
 * @category Files
 * @example
 * ```ts ignore files on disk, which these examples may not write
 * import { Linear, load, save } from "@tapegrad/nn";
 *
 * const model = new Linear(3, 2);
 * model.loadStateDict(await load("model.safetensors"));
 * ```
 */
export async function load(path: string | URL, options: LoadOptions = {}): Promise<StateDict> {
  const place = pathOf("load", path), format = formatOf("load", place, ["safetensors", "index", "npz"]);
  checkReading("a file", options);
  if (format === "npz") return await withFile(await openFile(place), (file) => npzTensors(file, options));
  const file = await openSafetensors(place, options).catch((error) => openIndex(place, options, error));
  return await withFile(file, stateOf);
}

/** The files that the index beside a path names, where it is that path which is not there. */
async function openIndex(
  place: string,
  options: FileReadOptions,
  error: unknown,
): ReturnType<typeof openSafetensors> {
  const isMissing = error instanceof FileError &&
    (error.cause as { code?: string } | undefined)?.code === "ENOENT";
  if (!isMissing) throw error;
  return await openSafetensors(indexPath(place), options).catch((another) => {
    throw another instanceof FileError && another.path === indexPath(place) ? error : another;
  });
}
