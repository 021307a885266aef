/** Tensors in several files, with an index that says which is in which. */
import { described, quoted } from "@tapegrad/core";
import { type OpenFile, pathOf } from "./disk.ts";
import { FileFormatError } from "./format_error.ts";
import { isObject, placedObject } from "./json_keys.ts";
import { type FilePlace, isPath, openedAt, withFile } from "./source.ts";

const what = "an index of weights";

/** A file of an index. */
export interface Shard {
  readonly name: string;
  readonly place: FilePlace;
  /** The tensors that the index says it has. */
  readonly wanted: readonly string[];
  /** Refuses what it has instead. */
  check(tensors: ReadonlyMap<string, unknown>): void;
}

/** The files that an index at a place names; `shard` tells where they are, beside it unless said. */
export async function shardsOf(
  place: FilePlace,
  shard: (name: string) => FilePlace | Promise<FilePlace> = beside(place),
): Promise<Shard[]> {
  const index = await withFile(await openedAt(what, place), indexOf), files = new Map<string, string[]>();
  for (const [tensor, name] of Object.entries(index.weights)) {
    const names = files.get(name) ?? [];
    names.push(tensor);
    files.set(name, names);
  }
  return await Promise.all([...files].map(async ([name, wanted]) => ({
    name,
    place: await shard(name),
    wanted,
    check: (tensors) => checkShard(index, name, wanted, tensors),
  })));
}

/** Refuses a file that has not what its index says: what neither places would be lost without a word. */
function checkShard(
  { weights, at }: Index,
  name: string,
  wanted: readonly string[],
  tensors: ReadonlyMap<string, unknown>,
): void {
  const missing = wanted.find((one) => !tensors.has(one));
  const more = [...tensors.keys()].find((one) => !Object.hasOwn(weights, one));
  if (missing !== undefined) {
    const found = `${quoted(missing)} is said to be in ${quoted(name)}, which has no such tensor`;
    throw new FileFormatError(what, at, `${found}; fetch both again`);
  }
  if (more === undefined) return;
  const found = `${quoted(more)} in ${quoted(name)} is nowhere in the index`;
  throw new FileFormatError(what, at, `${found}; fetch both again, or read the file by itself`);
}

/** Where files are beside one, by their names. */
export function beside(place: FilePlace): (name: string) => string {
  if (!isPath(place)) {
    throw new TypeError(`Cannot read ${what} from bytes alone: tell where its files are by the option shard`);
  }
  const path = pathOf("read", place), end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  return (name) => path.slice(0, end) + name;
}

/** Which file has which tensor. */
interface Index {
  readonly weights: Readonly<Record<string, string>>;
  /** Where the index begins to tell. */
  readonly at: number;
}

/** No index is longer than a header may be. */
const LONGEST = 100_000_000;

async function indexOf({ size, read }: OpenFile): Promise<Index> {
  if (size > LONGEST) {
    throw new FileFormatError(what, 0, `it has ${size} bytes, which is too long; it is another file`);
  }
  const { entries, places } = placedObject(what, "it", await read(0, size), 0);
  const { weight_map: weights } = entries, at = places.get("weight_map") ?? 0;
  if (!isObject(weights)) {
    throw new FileFormatError(
      what,
      at,
      `its weight_map is ${described(weights)}: names of files by tensor are needed`,
    );
  }
  for (const [tensor, name] of Object.entries(weights)) {
    // A file elsewhere is none that came with the index.
    if (typeof name === "string" && /^[^/\\\0]+$/.test(name) && !/^\.+$/.test(name)) continue;
    const found = `${quoted(tensor)} is in ${typeof name === "string" ? quoted(name) : described(name)}`;
    throw new FileFormatError(what, at, `${found}: the name of a file beside it is needed`);
  }
  return { weights: weights as Readonly<Record<string, string>>, at };
}
