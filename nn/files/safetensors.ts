/** The format in which weights are shared, of https://github.com/huggingface/safetensors. */
import { quoted, type Shape, type Tensor } from "@tapegrad/core";
import type { StateDict } from "../state.ts";
import type { OpenFile } from "./disk.ts";
import {
  checkReading,
  type FileDType,
  type FileReadOptions,
  type StoredTensor,
  tensorOf,
} from "./elements.ts";
import { safetensorsHeader } from "./safetensors_header.ts";
import type { FileMetadata } from "./safetensors_writing.ts";
import { shardsOf } from "./shards.ts";
import { type FilePlace, type FileSource, isPath, opened, openedAt } from "./source.ts";

const what = "a safetensors file";

/**
 * What a file says of a tensor.
 *
 * @category Files
 */
export interface StoredInfo {
  /** What its elements are in the file. */
  readonly dtype: FileDType;
  /** Its extents. */
  readonly shape: Shape;
}

/**
 * A safetensors file that is open, or several with an index as one: see {@link openSafetensors}.
 *
 * @category Files
 */
export interface SafetensorsFile {
  /** What there is, by name. */
  readonly tensors: ReadonlyMap<string, StoredInfo>;
  /** Texts by name. */
  readonly metadata: FileMetadata;
  /** Reads one tensor, and no other byte. */
  tensor(name: string): Promise<Tensor>;
  /** Lets go of the file. */
  close(): Promise<void>;
  /** Lets go of the file, at the end of a block that has it by `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * How safetensors are opened.
 *
 * @category Files
 */
export interface OpenSafetensorsOptions extends FileReadOptions {
  /** Where the file of that name is which an index names, for an index that is not on a disk beside its files. */
  readonly shard?: (name: string) => FilePlace | Promise<FilePlace>;
}

/** A file of those that are open. */
interface Part {
  readonly what: string;
  readonly file: OpenFile;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: FileMetadata;
}

/**
 * The tensors of a safetensors file by name: what {@link Module.loadStateDict} takes. BF16 becomes f32, and so does
 * F16 unless `half` says otherwise; integers of 8 and 16 bits become i32, and so do those of 64 bits where all fit.
 * Nothing is made before the whole header has been checked: dtypes, shapes, and that tensors fill the file without
 * a gap or an overlap; anything else is a {@link FileFormatError}.
 *
 * @category Files
 * @example
 * ```ts
 * import { fromSafetensors, Linear, safetensorsMetadata, toSafetensors } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const trained = new Linear(3, 2), model = new Linear(3, 2);
 * const file = await toSafetensors(trained.stateDict());
 * model.loadStateDict(await fromSafetensors(file));
 * assertEquals(await model.weight.array(), await trained.weight.array());
 * assertEquals(await safetensorsMetadata(file), { format: "pt" });
 * ```
 */
export async function fromSafetensors(source: FileSource, options: FileReadOptions = {}): Promise<StateDict> {
  checkReading(what, options);
  const part = await partOf(what, await opened(what, source));
  return await stateOf(joinedParts([part], options));
}

/** All tensors of a file that is open. */
export async function stateOf(file: SafetensorsFile): Promise<StateDict> {
  const state: [string, Tensor][] = [];
  for (const name of file.tensors.keys()) state.push([name, await file.tensor(name)]);
  return Object.fromEntries(state);
}

/**
 * The metadata of a safetensors file, texts by name; `{}` without any.
 *
 * @category Files
 */
export async function safetensorsMetadata(source: FileSource): Promise<FileMetadata> {
  return (await safetensorsHeader(what, await opened(what, source))).metadata;
}

/**
 * Opens a safetensors file without reading more of it than what it says of its tensors, which then are read one by
 * one: from a path, a `Blob`, as is a file that a visitor of a page chose, or bytes. Where the name ends in `.json`,
 * or `shard` is told, it is an index, as `model.safetensors.index.json`, and the files that it names are as one.
 *
 * @category Files
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { openSafetensors, toSafetensors } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = await toSafetensors({ weight: tensor([[1, 2]]), bias: tensor([3]) });
 * const file = await openSafetensors(new Blob([bytes]));
 * assertEquals(file.tensors.get("weight"), { dtype: "f32", shape: [1, 2] });
 * assertEquals(await (await file.tensor("bias")).array(), [3]);
 * await file.close();
 *
 * // Of an index that is no file here, `shard` tells where the files are.
 * const index = new TextEncoder().encode('{"weight_map":{"weight":"1.safetensors","bias":"1.safetensors"}}');
 * const sharded = await openSafetensors(index, { shard: () => bytes });
 * assertEquals([...sharded.tensors.keys()], ["weight", "bias"]);
 * ```
 */
export async function openSafetensors(
  place: FilePlace,
  options: OpenSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  const { shard, ...reading } = options;
  checkReading(what, reading);
  const isIndex = shard !== undefined || isPath(place) && /\.json$/i.test(String(place));
  if (!isIndex) return joinedParts([await partOf(what, await openedAt(what, place))], reading);
  return joinedParts(await partsOf(place, shard), reading);
}

/** What a file that has been opened holds; it is closed where it is none. */
async function partOf(what: string, file: OpenFile): Promise<Part> {
  try {
    return { what, file, ...await safetensorsHeader(what, file) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The files of an index, each with those of its tensors that the index says it has. */
async function partsOf(place: FilePlace, shard: OpenSafetensorsOptions["shard"]): Promise<Part[]> {
  const parts: Part[] = [];
  try {
    for (const { name, place: at, wanted, check } of await shardsOf(place, shard)) {
      const own = `${quoted(name)}, ${what}`, part = await partOf(own, await openedAt(own, at));
      parts.push(part);
      check(part.tensors);
      const tensors = new Map(wanted.map((one) => [one, part.tensors.get(one)!]));
      parts[parts.length - 1] = { ...part, tensors };
    }
    return parts;
  } catch (error) {
    await closed(parts);
    throw error;
  }
}

async function closed(parts: readonly Part[]): Promise<void> {
  await Promise.all(parts.map(({ file }) => file.close()));
}

function joinedParts(parts: readonly Part[], options: FileReadOptions): SafetensorsFile {
  const places = new Map(
    parts.flatMap((part) => [...part.tensors.keys()].map((name) => [name, part] as const)),
  );
  const infos = parts.flatMap(({ tensors }) =>
    [...tensors].map(([name, stored]) => [name, infoOf(stored)] as const)
  );
  const close = () => closed(parts);
  return {
    tensors: new Map(infos),
    metadata: Object.fromEntries(parts.flatMap(({ metadata }) => Object.entries(metadata))),
    tensor: (name) => tensorIn(places, name, options),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function infoOf({ kind, shape }: StoredTensor): StoredInfo {
  return { dtype: kind, shape };
}

async function tensorIn(
  places: ReadonlyMap<string, Part>,
  name: string,
  options: FileReadOptions,
): Promise<Tensor> {
  const part = places.get(name), stored = part?.tensors.get(name);
  if (part === undefined || stored === undefined) {
    const names = [...places.keys()].slice(0, 20).map(quoted).join(", ") || "none";
    throw new RangeError(`Cannot read ${quoted(name)} of ${what}: its tensors are ${names}`);
  }
  const bytes = await part.file.read(stored.start, stored.end - stored.start);
  return tensorOf(`${quoted(name)} of ${part.what}`, bytes, stored, options);
}
