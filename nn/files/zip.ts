/** Reading zip archives: what PKWARE's APPNOTE calls stored and deflated members, without zip64. */
import { quoted } from "@tapegrad/core";
import { crc32 } from "./checksum.ts";
import { FileFormatError } from "./format_error.ts";
import { collected } from "./source.ts";

/** The words that records begin with. */
export const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50 } as const;

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

/** An archive that is being read. */
interface Archive {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** The directory at the end of an archive. */
interface Directory {
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

const END = 22, CENTRAL = 46, LOCAL = 30;

/** What is in an archive, as its directory has it; each lies in the file, apart from the others. */
export function zipMembers(what: string, bytes: Uint8Array): Member[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const archive = { what, bytes, view }, directory = directoryOf(archive);
  const members: Member[] = [];
  let at = directory.start;
  for (let i = 0; i < directory.count; i++) {
    const [member, next] = memberAt(archive, directory, at);
    members.push(member);
    at = next;
  }
  if (at !== directory.end) {
    throw new FileFormatError(what, at, `its directory has more than the ${directory.count} files it counts`);
  }
  checkApart(archive, members);
  return members;
}

function directoryOf({ what, bytes, view }: Archive): Directory {
  const at = endOf(view), read = at < 0 ? 0 : view.getUint32(at + 16, true);
  if (at < 0) {
    throw new FileFormatError(
      what,
      bytes.length,
      "there is no directory at its end; it was cut off, fetch it again",
    );
  }
  const size = view.getUint32(at + 12, true), count = view.getUint16(at + 10, true);
  if (read === 0xffffffff || size === 0xffffffff || count === 0xffff) throw zip64(what, at);
  if (view.getUint32(at + 4, true) !== 0 || view.getUint16(at + 8, true) !== count) {
    throw new FileFormatError(what, at + 4, "it is one of several parts: join them first");
  }
  if (read + size === at) return { count, start: read, end: at };
  throw new FileFormatError(what, at + 12, `its directory is said to end at byte ${read + size}, not here`);
}

function endOf(view: DataView): number {
  const last = view.byteLength - END, first = Math.max(0, last - 0xffff);
  for (let at = last; at >= first; at--) {
    if (view.getUint32(at, true) === signatures.end && view.getUint16(at + 20, true) === last - at) return at;
  }
  return -1;
}

function zip64(what: string, at: number): FileFormatError {
  return new FileFormatError(what, at, "it is in zip64, which is not read; save fewer arrays in a file");
}

function memberAt(archive: Archive, { end, start: before }: Directory, at: number): [Member, number] {
  const { what, view, bytes } = archive, next = at + CENTRAL;
  if (next > end || view.getUint32(at, true) !== signatures.central) {
    throw new FileFormatError(what, at, "no entry of its directory begins here; fetch it again");
  }
  const length = view.getUint16(at + 28, true), local = view.getUint32(at + 42, true);
  const crc = view.getUint32(at + 16, true);
  const packed = view.getUint32(at + 20, true), size = view.getUint32(at + 24, true);
  if ([packed, size, local].includes(0xffffffff)) throw zip64(what, at);
  const after = next + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  if (after > end) throw new FileFormatError(what, at, "an entry goes beyond the end of its directory");
  const isDeflated = checkMethod(archive, at, packed, size), name = bytes.subarray(next, next + length);
  const start = startOf(archive, local, name, before - packed);
  return [{ name: nameOf(what, name, next), isDeflated, crc, packed, size, at: local, start }, after];
}

/** Deflate gives no more than this for a byte. */
const MOST_DEFLATED = 1032;

function checkMethod({ what, view }: Archive, at: number, packed: number, size: number): boolean {
  if (view.getUint16(at + 8, true) & 1) throw new FileFormatError(what, at + 8, "it is encrypted");
  const method = view.getUint16(at + 10, true);
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
function startOf({ what, view, bytes }: Archive, at: number, name: Uint8Array, last: number): number {
  if (at + LOCAL > last || view.getUint32(at, true) !== signatures.local) {
    throw new FileFormatError(what, at, "its directory has a file that does not begin here; fetch it again");
  }
  const length = view.getUint16(at + 26, true), named = at + LOCAL;
  const start = named + length + view.getUint16(at + 28, true);
  const same = length === name.length && name.every((byte, i) => byte === bytes[named + i]);
  if (start > last) throw new FileFormatError(what, at, "a file in it reaches into its directory");
  if (same) return start;
  throw new FileFormatError(what, named, "a file has another name here than in its directory");
}

function nameOf(what: string, bytes: Uint8Array, at: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice());
  } catch (cause) {
    throw new FileFormatError(what, at, "a name in it is not UTF-8", { cause });
  }
}

function checkApart({ what }: Archive, members: readonly Member[]): void {
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
export async function memberBytes(what: string, bytes: Uint8Array, member: Member): Promise<Uint8Array> {
  const { name, isDeflated, crc, packed, size, start } = member;
  const own = bytes.slice(start, start + packed),
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
): Promise<Uint8Array> {
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
