/** Tensors by name from a file on disk. */
import { described, quoted, Tensor } from "@tapegrad/core";
import type { StateDict } from "../state.ts";
import type { FileAddress } from "../stream.ts";
import { openFile, pathOf } from "./disk.ts";
import { checkReading, type FileReadOptions } from "./elements.ts";
import { FileError } from "./file_error.ts";
import { formatOf, isTorch } from "./formats.ts";
import { isObject } from "./json_keys.ts";
import { npzTensors } from "./npz.ts";
import { openSafetensors, stateOf } from "./safetensors.ts";
import { shardsOf } from "./shards.ts";
import { indexPath } from "./shards_writing.ts";
import { withFile } from "./source.ts";
import type { TorchValue } from "./torch/plain.ts";
import { fromTorch } from "./torch/torch.ts";

/**
 * How a file is loaded.
 *
 * @category Files
 */
export interface LoadOptions extends FileReadOptions {
  /** What of a checkpoint of PyTorch's is loaded, as "model" or "state_dict". */
  readonly entry?: string;
}

/**
 * Loads tensors by name, which {@link Module.loadStateDict} takes, by the end of the path: safetensors, with an index
 * where they are several files, `.npz`, and what PyTorch saved as `.pt`, `.pth`, `.bin` or `.ckpt`, of which `entry` tells
 * the part where it is a checkpoint; see {@link fromTorch}. A {@link FileError} says what could not be reached and why, a
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
 * model.loadStateDict(await load("checkpoint.pt", { entry: "model" }));
 * ```
 */
export async function load(path: string | FileAddress, options: LoadOptions = {}): Promise<StateDict> {
  const place = pathOf("load", path), { entry, ...reading } = options;
  const format = formatOf("load", place, ["safetensors", "index", "npz", "torch"]);
  checkReading("a file", reading);
  if (format === "torch") return partOf(place, await fromTorch(place, reading), entry);
  if (entry !== undefined) {
    throw new FileError("load", place, `it has no entries, so no ${quoted(String(entry))}`);
  }
  if (format === "npz") return await withFile(await openFile(place), (file) => npzTensors(file, reading));
  if (format === "index") return await loadIndex(place, reading);
  const file = await openSafetensors(place, reading).catch((error) => openIndex(place, reading, error));
  return await withFile(file, stateOf);
}

/** The files of an index, safetensors or PyTorch's own. */
async function loadIndex(place: string, options: FileReadOptions): Promise<StateDict> {
  const shards = await shardsOf(place);
  if (!shards.some(({ name }) => isTorch(name))) {
    return await withFile(await openSafetensors(place, options), stateOf);
  }
  const state: [string, Tensor][] = [];
  for (const { place: at, wanted, check } of shards) {
    const path = pathOf("load", at as string), part = partOf(path, await fromTorch(path, options));
    check(new Map(Object.entries(part)));
    for (const name of wanted) state.push([name, part[name]]);
  }
  return Object.fromEntries(state);
}

/** The tensors by name in what a file of PyTorch's holds, or under an entry of it. */
function partOf(place: string, value: TorchValue, entry?: string): StateDict {
  if (entry === undefined) {
    if (isState(value)) return value;
    const all = "read all by await fromTorch(path)",
      hasPart = isNamed(value) && Object.values(value).some(isState);
    const mend = hasPart ? `tell which part by entry, or ${all}` : all;
    throw new FileError("load", place, `it holds ${shown(value)}, and no tensors by name; ${mend}`);
  }
  const part = isObject(value) && Object.hasOwn(value, entry) ? value[entry] as TorchValue : undefined;
  if (part !== undefined && isState(part)) return part;
  const found = part === undefined ? `it holds ${shown(value)}` : `${quoted(entry)} in it is ${shown(part)}`;
  throw new FileError("load", place, `${found}, and no tensors by name under ${quoted(entry)}`);
}

function isState(value: TorchValue): value is StateDict {
  return isNamed(value) && Object.values(value).every((x) => x instanceof Tensor);
}

function isNamed(value: TorchValue): value is Readonly<Record<string, TorchValue>> {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}

function shown(value: TorchValue): string {
  if (!isNamed(value)) return described(value);
  const names = Object.entries(value).map(([name, x]) =>
    x instanceof Tensor ? quoted(name) : `${quoted(name)} (${described(x)})`
  );
  return names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");
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
