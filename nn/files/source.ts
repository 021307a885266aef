/** Where the bytes of a file come from. */
import { described } from "@tapegrad/core";
import type { PieceStream } from "../stream.ts";

/**
 * The bytes of a file: at once, as `Deno.readFile` and `fetch` give them, or as they arrive.
 *
 * @category Files
 */
export type FileSource = Uint8Array | ArrayBuffer | PieceStream<Uint8Array>;

/** All bytes of a file. */
export async function bytesOf(what: string, source: FileSource): Promise<Uint8Array> {
  // Node's Buffer is one whose slices share its memory: it is taken by what it shows.
  if (source instanceof Uint8Array) return new Uint8Array(source.buffer, source.byteOffset, source.length);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof ReadableStream) return await collected(what, source);
  throw new TypeError(
    `Cannot read ${what} from ${
      described(source)
    }: pass its bytes, as a Uint8Array or a ReadableStream of them`,
  );
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
