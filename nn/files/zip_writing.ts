/** Writing zip archives, of 4 GiB and 65,534 files at most. */
import { crc32 } from "./checksum.ts";
import { collected, joined } from "./source.ts";
import { signatures } from "./zip_directory.ts";

/** A file that goes into an archive. */
export interface Packing {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An archive of these files, stored or deflated. */
export async function zipBytes(
  what: string,
  files: readonly Packing[],
  deflates: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  const records: Uint8Array[] = [], entries: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes } of files) {
    const packed = deflates ? await deflated(what, bytes) : bytes, encoded = new TextEncoder().encode(name);
    const facts = factsOf(deflates, crc32(bytes), packed.length, bytes.length, encoded.length);
    const record = joined([words(signatures.local, 4), facts, encoded, packed]);
    entries.push(
      joined([words(signatures.central, 4), words(20, 2), facts, words(0, 10), words(at, 4), encoded]),
    );
    records.push(record);
    at += record.length;
  }
  const directory = joined(entries);
  checkSize(what, at + directory.length, files.length);
  return joined([...records, directory, endRecord(files.length, directory.length, at)]);
}

/** What a record and its entry in the directory have in common: no time, and names in UTF-8. */
function factsOf(deflates: boolean, crc: number, packed: number, size: number, name: number): Uint8Array {
  const method = words(deflates ? 8 : 0, 2), day = words(1 << 5 | 1, 2); // the first there is, 1980-01-01
  const [version, utf8, time, extra] = [20, 0x800, 0, 0].map((n) => words(n, 2));
  const sizes = [crc, packed, size].map((n) => words(n, 4));
  return joined([version, utf8, method, time, day, ...sizes, words(name, 2), extra]);
}

function endRecord(count: number, size: number, at: number): Uint8Array {
  const counts = joined([words(count, 2), words(count, 2)]);
  return joined([words(signatures.end, 4), words(0, 4), counts, words(size, 4), words(at, 4), words(0, 2)]);
}

function checkSize(what: string, length: number, count: number): void {
  if (length < 0xffffffff && count < 0xffff) return;
  throw new RangeError(
    `Cannot write ${what} of ${length} bytes and ${count} arrays: it has less than 4 GiB and 65535 arrays, write several`,
  );
}

/** A number in so many bytes, lowest first. */
function words(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i < 4 ? value >>> 8 * i & 255 : 0);
}

function deflated(what: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return collected(what, new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw")));
}
