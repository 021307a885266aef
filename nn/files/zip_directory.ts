/** The end of a zip archive, which tells where its directory is. */
import type { OpenFile } from "./disk.ts";
import { FileFormatError } from "./format_error.ts";

/** The words that records begin with. */
export const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  wideEnd: 0x06064b50,
  locator: 0x07064b50,
} as const;

/** The directory at the end of an archive. */
export interface Directory {
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

const END = 22, WIDE_END = 56, LOCATOR = 20;

/** Where the directory of an archive is, in zip64 too. */
export async function directoryOf(what: string, file: OpenFile): Promise<Directory> {
  const length = Math.min(file.size, LOCATOR + END + 0xffff), from = file.size - length;
  const view = new DataView((await file.read(from, length)).buffer), end = endOf(view), at = from + end;
  if (end < 0) {
    throw new FileFormatError(
      what,
      file.size,
      "there is no directory at its end; it was cut off, fetch it again",
    );
  }
  const counts = [view.getUint16(end + 8, true), view.getUint16(end + 10, true)];
  const size = view.getUint32(end + 12, true), start = view.getUint32(end + 16, true);
  if (view.getUint32(end + 4, true) !== 0 || counts[0] !== counts[1]) {
    throw new FileFormatError(what, at + 4, "it is one of several parts: join them first");
  }
  const isWide = end >= LOCATOR && view.getUint32(end - LOCATOR, true) === signatures.locator;
  if (isWide) {
    return await wideDirectory(what, file, view.getBigUint64(end - LOCATOR + 8, true), at - LOCATOR);
  }
  if (start === 0xffffffff || size === 0xffffffff || counts[0] === 0xffff) {
    throw new FileFormatError(what, at, "it is in zip64 and the record of that is missing; fetch it again");
  }
  return checkedEnd(what, at, { count: counts[0], start, end: start + size }, at);
}

function endOf(view: DataView): number {
  const last = view.byteLength - END, first = Math.max(0, last - 0xffff);
  for (let at = last; at >= first; at--) {
    if (view.getUint32(at, true) === signatures.end && view.getUint16(at + 20, true) === last - at) return at;
  }
  return -1;
}

/** The directory as the record of zip64 has it, which begins at `record` and ends at `next`. */
async function wideDirectory(what: string, file: OpenFile, record: bigint, next: number): Promise<Directory> {
  const at = Number(record), fits = at + WIDE_END <= next;
  const view = new DataView(fits ? (await file.read(at, WIDE_END)).buffer : new ArrayBuffer(WIDE_END));
  if (view.getUint32(0, true) !== signatures.wideEnd) {
    throw new FileFormatError(
      what,
      next,
      `its record of zip64 does not begin at byte ${record}; fetch it again`,
    );
  }
  const [count, size, start] = [32, 40, 48].map((field) => Number(view.getBigUint64(field, true)));
  return checkedEnd(what, at, { count, start, end: start + size }, at);
}

function checkedEnd(what: string, at: number, directory: Directory, end: number): Directory {
  if (directory.end === end) return directory;
  throw new FileFormatError(what, at, `its directory is said to end at byte ${directory.end}, not at ${end}`);
}
