/** Elements of tensors that are in other files beside a model's. */
import { described, quoted, sizeOf } from "@tapegrad/core";
import { checkStored, type FileDType, widthOf } from "../files/elements.ts";
import { FileFormatError } from "../files/format_error.ts";
import type { TensorProto } from "./proto.ts";
import type { MessageReader } from "./wire_reading.ts";

/**
 * The bytes of files beside a model's: by the names that it calls them, or a function from such a name to them.
 *
 * @category Files
 */
export type ExternalData =
  | Readonly<Record<string, Uint8Array>>
  | ((location: string) => Uint8Array | Promise<Uint8Array>);

/** Where the elements of a tensor are. */
export interface Elsewhere {
  readonly location: string;
  readonly offset: number;
  /** How many bytes; undefined where the file tells none. */
  readonly length: number | undefined;
}

/** A tensor whose elements are elsewhere, and where. */
export interface Awaited extends Elsewhere {
  readonly tensor: { -readonly [K in keyof TensorProto]: TensorProto[K] };
}

/** One entry of what tells where elements are. */
export function readEntry(reader: MessageReader): readonly [key: string, value: string] {
  let key = "", value = "";
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
    else reader.skip();
  }
  return [key, value];
}

/** Where they are, as the entries say. */
export function elsewhereOf(entries: ReadonlyMap<string, string>): Elsewhere | null {
  const location = entries.get("location"),
    [offset, length] = ["offset", "length"].map((key) => {
      const text = entries.get(key);
      return text === undefined ? undefined : /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    });
  if (location === undefined || Number.isNaN(offset) || Number.isNaN(length)) return null;
  return { location, offset: offset ?? 0, length };
}

/** Takes the elements of tensors from where they are; each file is asked for once. */
export async function fetchExternal(
  what: string,
  awaited: readonly Awaited[],
  data: ExternalData,
): Promise<void> {
  const files = new Map<string, Uint8Array>();
  for (const { location } of awaited) {
    if (!files.has(location)) files.set(location, await fileOf(what, location, data));
  }
  for (const one of awaited) one.tensor.bytes = sliceOf(what, one, files.get(one.location)!);
}

async function fileOf(what: string, location: string, data: ExternalData): Promise<Uint8Array> {
  const bytes: unknown = typeof data === "function"
    ? await data(location)
    : Object.hasOwn(data, location)
    ? data[location]
    : undefined;
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError(
    `Cannot read ${what} with ${described(bytes)} for its file ${
      quoted(location)
    }: externalData has to give its bytes`,
  );
}

function sliceOf(
  what: string,
  { tensor, location, offset, length }: Awaited,
  file: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { kind, dims, at } = tensor, count = length ?? sizeOf(dims) * widthOf(kind as FileDType);
  checkStored(what, at, { kind, shape: dims, start: 0, end: count });
  if (offset + count <= file.length) return file.slice(offset, offset + count) as Uint8Array<ArrayBuffer>;
  throw new FileFormatError(
    what,
    at,
    `${quoted(tensor.name)} has ${count} bytes from byte ${offset} of ${
      quoted(location)
    }, which has ${file.length}`,
  );
}
