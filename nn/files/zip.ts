/** Reading zip archives: what PKWARE's APPNOTE calls stored and deflated members. */
import { quoted } from "@tapegrad/core";
import { crc32 } from "./checksum.ts";
import type { OpenFile } from "./disk.ts";
import { FileFormatError } from "./format_error.ts";
import { collected } from "./source.ts";
import { directoryOf, signatures } from "./zip_directory.ts";

/** A file in an archive, by its entry in the directory at its end. */
export interface Member {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc: number;
  /** How long it is in the archive, and unpacked. */
  readonly packed: number;
  readonly size: number;
  /** Where its record begins. */
  readonly at: number;
  /** Where its bytes begin. */
  readonly start: number;
}

/** What is read of an archive: its directory, where it begins, and the file. */
interface Archive {
  readonly what: string;
  readonly file: OpenFile;
  readonly directory: Uint8Array;
  readonly start: number;
}

const CENTRAL = 46, LOCAL = 30;

/** What is in an archive, as its directory has it; each lies in the file, apart from the others. */
export async function zipMembers(what: string, file: OpenFile): Promise<Member[]> {
  const { count, start, end } = await directoryOf(what, file);
  const archive = { what, file, directory: await file.read(start, end - start), start };
  const members: Member[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const [member, next] = await memberAt(archive, at);
    members.push(member);
    at = next;
  }
  if (at !== end) {
    throw new FileFormatError(what, at, `its directory has more than the ${count} files it counts`);
  }
  checkApart(what, members);
  return members;
}

async function memberAt(archive: Archive, at: number): Promise<[member: Member, next: number]> {
  const { what, directory, start: before } = archive, end = before + directory.length, named = at + CENTRAL;
  const view = new DataView(directory.buffer, at - before);
  if (named > end || view.getUint32(0, true) !== signatures.central) {
    throw new FileFormatError(what, at, "no entry of its directory begins here; fetch it again");
  }
  const extra = named + view.getUint16(28, true), comment = extra + view.getUint16(30, true);
  const next = comment + view.getUint16(32, true);
  if (next > end) throw new FileFormatError(what, at, "an entry goes beyond the end of its directory");
  const name = directory.subarray(named - before, extra - before), crc = view.getUint32(16, true);
  const more = directory.subarray(extra - before, comment - before);
  const [size, packed, local] = placesOf(what, at, view, more);
  const isDeflated = checkMethod(what, view, at, packed, size);
  const start = await startOf(archive, local, name, before - packed);
  return [{ name: nameOf(what, name, named), isDeflated, crc, packed, size, at: local, start }, next];
}

/** How long a member is unpacked and packed, and where its record begins: by zip64 where 32 bits do not hold them. */
function placesOf(what: string, at: number, view: DataView, extra: Uint8Array): number[] {
  const wide = wideOf(extra);
  return [24, 20, 42].map((field) => {
    const value = view.getUint32(field, true);
    if (value !== 0xffffffff) return value;
    const next = wide.shift();
    if (next !== undefined && next <= Number.MAX_SAFE_INTEGER) return Number(next);
    throw new FileFormatError(
      what,
      at + field,
      "it is in zip64 and a number of 64 bits is missing; fetch it again",
    );
  });
}

/** The numbers of 64 bits in the extra field of an entry. */
function wideOf(extra: Uint8Array): bigint[] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    const length = Math.min(view.getUint16(at + 2, true), extra.length - at - 4) >> 3;
    if (view.getUint16(at, true) !== 1) continue;
    return Array.from({ length }, (_, i) => view.getBigUint64(at + 4 + 8 * i, true));
  }
  return [];
}

/** Deflate gives no more than this for a byte. */
const MOST_DEFLATED = 1032;

function checkMethod(what: string, view: DataView, at: number, packed: number, size: number): boolean {
  if (view.getUint16(8, true) & 1) throw new FileFormatError(what, at + 8, "it is encrypted");
  const method = view.getUint16(10, true);
  if (method !== 0 && method !== 8) {
    throw new FileFormatError(what, at + 10, `its method is ${method}: stored (0) and deflated (8) are read`);
  }
  if (method === 0 ? size === packed : size <= packed * MOST_DEFLATED) return method === 8;
  throw new FileFormatError(
    what,
    at + 24,
    `${packed} bytes are said to unpack to ${size}, which they cannot`,
  );
}

/** Where the bytes of a member begin, which is no later than `last`. */
async function startOf({ what, file }: Archive, at: number, name: Uint8Array, last: number): Promise<number> {
  const named = at + LOCAL, fits = named + name.length <= last;
  const record = fits ? await file.read(at, LOCAL + name.length) : new Uint8Array(LOCAL);
  const view = new DataView(record.buffer), length = view.getUint16(26, true);
  if (view.getUint32(0, true) !== signatures.local) {
    throw new FileFormatError(what, at, "its directory has a file that does not begin here; fetch it again");
  }
  const start = named + length + view.getUint16(28, true);
  const isSame = length === name.length && name.every((byte, i) => byte === record[LOCAL + i]);
  if (start > last) throw new FileFormatError(what, at, "a file in it reaches into its directory");
  if (isSame) return start;
  throw new FileFormatError(what, named, "a file has another name here than in its directory");
}

function nameOf(what: string, bytes: Uint8Array, at: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice());
  } catch (cause) {
    throw new FileFormatError(what, at, "a name in it is not UTF-8", { cause });
  }
}

function checkApart(what: string, members: readonly Member[]): void {
  const ordered = members.toSorted((a, b) => a.at - b.at), names = new Set<string>();
  ordered.forEach(({ name, at }, i) => {
    if (names.has(name)) throw new FileFormatError(what, at, `${quoted(name)} is there twice`);
    if (i > 0 && at < ordered[i - 1].start + ordered[i - 1].packed) {
      throw new FileFormatError(what, at, `${quoted(name)} overlaps with ${quoted(ordered[i - 1].name)}`);
    }
    names.add(name);
  });
}

/** The bytes of a member, unpacked and compared with their sum. */
export async function memberBytes(
  what: string,
  file: OpenFile,
  member: Member,
): Promise<Uint8Array<ArrayBuffer>> {
  const { name, isDeflated, crc, packed, size, start } = member;
  const own = await file.read(start, packed),
    fail = (found: string, cause?: unknown) =>
      new FileFormatError(what, start, `${quoted(name)} ${found}; fetch it again`, { cause });
  const out = isDeflated ? await inflated(what, own, size, fail) : own;
  if (out.length !== size) throw fail(`has ${out.length} bytes and is said to have ${size}`);
  if (crc32(out) !== crc) throw fail("is damaged: its check sum is another");
  return out;
}

async function inflated(
  what: string,
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
  fail: (found: string, cause?: unknown) => FileFormatError,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const check = (length: number) => {
    if (length > size) throw fail(`unpacks to more than the ${size} bytes it is said to have`);
  };
  try {
    return await collected(what, stream, check);
  } catch (error) {
    throw error instanceof FileFormatError ? error : fail("cannot be unpacked", error);
  }
}
