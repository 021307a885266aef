/** Damaged files: whatever the damage, a reader throws one of our errors or reads what is there. */
import { assert } from "@std/assert";
import { FileFormatError } from "@tapegrad/nn";

/** Numbers below 1 of a seed, the same in each run (mulberry32). */
function drawsOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let bits = Math.imul(state ^ state >>> 15, state | 1);
    bits = bits + Math.imul(bits ^ bits >>> 7, bits | 61) ^ bits;
    return ((bits ^ bits >>> 14) >>> 0) / 2 ** 32;
  };
}

/** A file after some damage: bytes that are others, cut out, put in, taken from elsewhere, or an end that is missing. */
export function mutated(file: Uint8Array, draw: () => number): Uint8Array {
  const below = (n: number) => Math.floor(draw() * n);
  let bytes = [...file];
  for (let i = below(2); i >= 0; i--) {
    // Headers are at the beginning, and of archives at the end.
    const at =
      [below(bytes.length), below(Math.min(200, bytes.length)), bytes.length - 1 - below(100)][below(3)];
    const change: (() => void)[] = [
      () => bytes[at] = below(256),
      () => bytes[at] ^= 1 << below(8),
      () => bytes[at] = [0, 255, 0x30 + below(10), 0x7f][below(4)],
      () => bytes.splice(at, 1 + below(4)),
      () => bytes.splice(at, 0, below(256)),
      () => bytes = bytes.slice(0, at),
      () => bytes.splice(at, 4, 255, 255, 255, 255),
      () => bytes.splice(at, 0, ...bytes.slice(below(bytes.length)).slice(0, 20)),
    ];
    change[below(change.length)]();
    if (bytes.length === 0) break;
  }
  return Uint8Array.from(bytes);
}

/** What came of reading damaged files. */
export interface Outcome {
  readonly refused: number;
  readonly read: number;
}

/** What damage is drawn by. */
export const SEED = 1;

/** The most that one file may take, on a machine that does other work too. */
const SECONDS = 10, BYTES = 2 ** 29;

/**
 * Reads so many damaged files, of which each is refused by an error that says where, or read by `read`, which checks;
 * none takes long or much memory.
 */
export async function readDamaged(
  count: number,
  files: readonly Uint8Array[],
  read: (bytes: Uint8Array, which: number) => Promise<void>,
): Promise<Outcome> {
  const draw = drawsOf(SEED), before = Deno.memoryUsage().rss;
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const which = i % files.length, bytes = mutated(files[which], draw), start = performance.now();
    try {
      await read(bytes, which);
    } catch (error) {
      checkRefusal(error, i);
      refused++;
    }
    const seconds = (performance.now() - start) / 1000, more = Deno.memoryUsage().rss - before;
    assert(
      seconds < SECONDS && more < BYTES,
      `file ${i} by seed ${SEED} took ${seconds} s, and ${more} bytes`,
    );
  }
  return { refused, read: count - refused };
}

function checkRefusal(error: unknown, i: number): void {
  const isOurs = error instanceof FileFormatError && error.byte >= 0 && error.byte <= 2 ** 32 &&
    /^Cannot read .* at byte \d+: ./.test(error.message);
  if (!isOurs) throw new Error(`Damaged file ${i} by seed ${SEED} was refused otherwise`, { cause: error });
}

/** The bytes of a text in base64. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}
