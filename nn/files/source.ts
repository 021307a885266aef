/** Where the bytes of a file come from. */
import { described } from "@tapegrad/core";
import type { FileAddress, PieceBlob, PieceStream } from "../stream.ts";
import { type OpenFile, openFile } from "./disk.ts";

/**
 * The bytes of a file: at once, as `Deno.readFile` and `fetch` give them, as they arrive, or a `Blob`.
 *
 * @category Files
 */
export type FileSource = Uint8Array | ArrayBuffer | PieceBlob | PieceStream<Uint8Array>;

/** All bytes of a file. */
export async function bytesOf(what: string, source: FileSource): Promise<Uint8Array> {
  // Node's Buffer is one whose slices share its memory: it is taken by what it shows.
  if (source instanceof Uint8Array) return new Uint8Array(source.buffer, source.byteOffset, source.length);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof ReadableStream) return await collected(what, source);
  if (isBlob(source)) return new Uint8Array(await source.arrayBuffer());
  throw new TypeError(
    `Cannot read ${what} from ${
      described(source)
    }: pass its bytes, as a Uint8Array, a Blob or a ReadableStream`,
  );
}

function isBlob(source: unknown): source is PieceBlob {
  return typeof source === "object" && source !== null && "size" in source && "arrayBuffer" in source;
}

/** A file that is open: of bytes those that are asked for are copied, of a `Blob` only they are fetched. */
export async function opened(what: string, source: FileSource): Promise<OpenFile> {
  if (isBlob(source)) return openedBlob(source);
  const bytes = await bytesOf(what, source);
  return {
    size: bytes.length,
    read: (offset, length) =>
      Promise.resolve(bytes.slice(offset, offset + length) as Uint8Array<ArrayBuffer>),
    close: () => Promise.resolve(),
  };
}

function openedBlob(blob: PieceBlob): OpenFile {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: () => Promise.resolve(),
  };
}

/**
 * Where a file is: its path, as a text or a URL of this machine, or its bytes.
 *
 * @category Files
 */
export type FilePlace = string | FileAddress | FileSource;

/** Whether it is a path or a URL. */
export function isPath(place: FilePlace): place is string | FileAddress {
  return typeof place === "string" || place instanceof URL;
}

/** Opens a file, wherever it is. */
export function openedAt(what: string, place: FilePlace): Promise<OpenFile> {
  return isPath(place) ? openFile(place) : opened(what, place);
}

/** What `work` makes of a file, which is closed thereafter. */
export async function withFile<F extends { close(): Promise<void> }, T>(
  file: F,
  work: (file: F) => Promise<T>,
): Promise<T> {
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** All bytes of a stream, which is cancelled where `check` throws at how many there are so far. */
export async function collected(
  what: string,
  stream: PieceStream<Uint8Array>,
  check: (length: number) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [], reader = stream.getReader();
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(checkChunk(what, next.value));
      check(length += chunks[chunks.length - 1].length);
    }
  } catch (error) {
    await reader.cancel().catch(() => {}); // where the stream itself failed, it is that which is told
    throw error;
  }
  return joined(chunks);
}

function checkChunk(what: string, chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError(`Cannot read ${what} from a stream of ${described(chunk)}: Uint8Arrays are needed`);
}

/** Bytes one after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
