/** The format of MNIST, of http://yann.lecun.com/exdb/mnist. */
import type { Tensor } from "@tapegrad/core";
import { checkReading, checkStored, type FileDType, type FileReadOptions, tensorOf } from "./elements.ts";
import { FileFormatError } from "./format_error.ts";
import { bytesOf, collected, type FileSource } from "./source.ts";

const what = "an IDX file";

const kinds: Readonly<Record<number, FileDType>> = {
  8: "u8",
  9: "i8",
  11: "i16",
  12: "i32",
  13: "f32",
  14: "f64",
};

/**
 * The array of an IDX file, as MNIST's images and labels are, packed by gzip or not. Bytes and integers of 16 bits
 * become i32; anything else is a {@link FileFormatError}.
 *
 * @category Files
 * @example
 * ```ts
 * import { fromIdx } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4);
 * const packed = new Blob([labels]).stream().pipeThrough(new CompressionStream("gzip"));
 * assertEquals(await (await fromIdx(labels)).array(), [5, 0, 4]);
 * assertEquals(await (await fromIdx(packed)).array(), [5, 0, 4]);
 * ```
 */
export async function fromIdx(source: FileSource, options: FileReadOptions = {}): Promise<Tensor> {
  checkReading(what, options);
  const bytes = await unpacked(await bytesOf(what, source)), [zero, none, code, rank] = bytes;
  if (bytes.length < 4 || zero !== 0 || none !== 0 || !Object.hasOwn(kinds, code)) {
    throw new FileFormatError(
      what,
      0,
      "it does not begin with 0, 0 and a dtype (8, 9 or 11 to 14); it is another file",
    );
  }
  const start = 4 + 4 * rank, view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < start) {
    throw new FileFormatError(
      what,
      3,
      `its ${rank} extents end at byte ${start} and the file at ${bytes.length}; fetch it again`,
    );
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const stored = { kind: kinds[code], shape, start, end: bytes.length, isBig: true };
  checkStored(what, 4, stored);
  return tensorOf(what, bytes.slice(start) as Uint8Array<ArrayBuffer>, stored, options);
}

async function unpacked(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await collected(
      what,
      new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip")),
    );
  } catch (cause) {
    throw new FileFormatError(what, 0, "its gzip cannot be unpacked; it was cut off, fetch it again", {
      cause,
    });
  }
}
