/** What a safetensors file says of its tensors: JSON behind its length. */
import { described, quoted, type Shape } from "@tapegrad/core";
import type { OpenFile } from "./disk.ts";
import { checkStored, type FileDType, type StoredTensor } from "./elements.ts";
import { FileFormatError } from "./format_error.ts";
import { isObject, placedObject } from "./json_keys.ts";

/** What a file holds beside the elements. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Under which name the metadata stand. */
export const METADATA = "__metadata__";

/** Where the header begins, behind its length. */
const START = 8;

/** As much as other readers take for a header. */
const LONGEST = 100_000_000;

const kinds: Readonly<Record<string, FileDType>> = {
  BOOL: "bool",
  I8: "i8",
  I16: "i16",
  I32: "i32",
  I64: "i64",
  U8: "u8",
  U16: "u16",
  U32: "u32",
  U64: "u64",
  F16: "f16",
  BF16: "bf16",
  F32: "f32",
  F64: "f64",
};

/** The header of a file, checked against what there is of it: its tensors fill what is behind it without a gap. */
export async function safetensorsHeader(what: string, file: OpenFile): Promise<SafetensorsHeader> {
  const length = await headerLength(what, file), end = START + length;
  const { entries, places } = placedObject(what, "its header", await file.read(START, length), START);
  const { [METADATA]: metadata, ...infos } = entries;
  const tensors = Object.entries(infos).map(([name, info]) => {
    const at = places.get(name)!;
    return [name, at, storedOf(what, name, at, info, end, file.size)] as const;
  });
  checkFilled(what, tensors, end, file.size);
  return {
    tensors: new Map(tensors.map(([name, , stored]) => [name, stored])),
    metadata: metadata === undefined ? {} : metadataOf(what, places.get(METADATA)!, metadata),
  };
}

async function headerLength(what: string, { size, read }: OpenFile): Promise<number> {
  if (size < START) {
    throw new FileFormatError(what, 0, `it has ${size} bytes, and begins with 8 that count its header`);
  }
  const length = new DataView((await read(0, START)).buffer).getBigUint64(0, true);
  if (length > LONGEST || START + Number(length) > size) {
    const most = Math.min(LONGEST, size - START);
    const found = `its header is said to have ${length} bytes and can have ${most}`;
    throw new FileFormatError(what, 0, `${found}; it was cut off or is another file, fetch it again`);
  }
  return Number(length);
}

function storedOf(
  what: string,
  name: string,
  at: number,
  entry: unknown,
  start: number,
  fileEnd: number,
): StoredTensor {
  const fail = (found: string) => new FileFormatError(what, at, `${quoted(name)} ${found}`);
  if (!isObject(entry)) throw fail(`is ${described(entry)}: its dtype, shape and data_offsets are needed`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(kinds, dtype)) {
    throw fail(`has dtype ${described(dtype)}: ${Object.keys(kinds).join(", ")} are read; save it as F32`);
  }
  if (!isCounts(shape)) throw fail(`has shape ${JSON.stringify(shape)}: a list of extents is needed`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw fail(`has data_offsets ${JSON.stringify(offsets)}: a beginning and an end are needed`);
  }
  const [begin, end] = offsets.map((offset) => start + offset);
  if (end > fileEnd) {
    throw fail(`ends at byte ${end} and the file at byte ${fileEnd}; it was cut off, fetch it again`);
  }
  const stored = { kind: kinds[dtype], shape, start: begin, end };
  checkStored(`${quoted(name)} of ${what}`, at, stored);
  return stored;
}

function isCounts(value: unknown): value is Shape {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

type Placed = readonly [name: string, at: number, stored: StoredTensor];

function checkFilled(what: string, tensors: readonly Placed[], start: number, fileEnd: number): void {
  let reached = start;
  for (
    const [name, at, { start: begin, end }] of tensors.toSorted(([, , a], [, , b]) =>
      a.start - b.start || a.end - b.end
    )
  ) {
    if (begin !== reached) {
      const wrong = begin < reached ? "overlaps with what is before it" : "leaves a gap before it";
      const found = `${quoted(name)} begins at byte ${begin} and ${wrong}, which ends at byte ${reached}`;
      throw new FileFormatError(what, at, `${found}; save it again`);
    }
    reached = end;
  }
  if (reached === fileEnd) return;
  throw new FileFormatError(
    what,
    reached,
    `${fileEnd - reached} bytes are behind the last tensor; fetch it again`,
  );
}

function metadataOf(what: string, at: number, metadata: unknown): Readonly<Record<string, string>> {
  const values = isObject(metadata) ? Object.values(metadata) : [metadata];
  const stray = values.find((value) => typeof value !== "string");
  if (isObject(metadata) && stray === undefined) return metadata as Readonly<Record<string, string>>;
  throw new FileFormatError(what, at, `its metadata have ${described(stray)}: texts by name are needed`);
}
