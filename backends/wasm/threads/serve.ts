/** What a worker does. */
import type { layout } from "./layout.ts";

/** What a worker is told when it begins. */
export interface Orders {
  /** The shared memory. */
  readonly memory: WebAssembly.Memory;
  /** Where the words are through which threads talk, in bytes. */
  readonly start: number;
  /** How many there are. */
  readonly length: number;
  /** What they say. */
  readonly at: typeof layout;
  /** Bits of a ticket for the pieces that are left. */
  readonly pieceBits: number;
  /** Which thread it is; the caller is 0. */
  readonly thread: number;
  /** So often it looks for a job before it sleeps. */
  readonly spins: number;
  /** After so many milliseconds without one it ends. */
  readonly idle: number;
  /** What it says then. */
  readonly ended: number;
}

/**
 * Takes pieces of jobs until there are none for long. Workers are given it as text: it knows nothing but its orders, and
 * has no function within, for which compilers may call what is not there.
 */
export function serve({ memory, start, length, at, pieceBits, thread, spins, idle, ended }: Orders): void {
  const words = new Int32Array(memory.buffer, start, length), left = 2 ** pieceBits - 1;
  const { pause } = Atomics as { readonly pause?: () => void };
  const modules: ((...args: number[]) => unknown)[][] = [], args: number[] = [];
  Atomics.store(words, at.isThere + thread, 1);
  try {
    for (let spun = 0; Atomics.load(words, at.isOver) === 0;) {
      const ticket = Atomics.load(words, at.ticket), count = ticket & left;
      if (count === 0) {
        if (spun++ < spins) pause?.();
        else if (Atomics.wait(words, at.ticket, ticket, idle) === "timed-out") break;
        else spun = 0;
        continue;
      }
      if (Atomics.compareExchange(words, at.ticket, ticket, ticket - 1) !== ticket) continue;
      const piece = at.pieces + (count - 1) * at.piece, room = words[at.room] * thread;
      for (let call = words[piece + 1]; call < words[piece + 2];) {
        const fn = at.functions + words[call] * at.fn, module = words[fn], first = call + 2;
        if (modules[module] === undefined) {
          memory.grow(0); // its array may end where it did before others grew it
          const bytes = new Uint8Array(memory.buffer, words[fn + 1] >>> 0, words[fn + 2]).slice();
          const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } });
          modules[module] = Object.values(exports) as ((...args: number[]) => unknown)[];
        }
        args.length = words[fn + 4];
        for (let k = 0, moved = words[call + 1]; k < args.length; k++, moved >>>= 1) {
          args[k] = words[first + k] + (moved & 1) * room;
        }
        modules[module][words[fn + 3]](...args);
        call = first + args.length;
      }
      Atomics.store(words, piece, 1);
      Atomics.add(words, at.done, 1);
      if (Atomics.load(words, at.isAwaited) === 1) Atomics.notify(words, at.done);
      spun = 0;
    }
  } catch {
    Atomics.store(words, at.hasFailed, 1);
    Atomics.notify(words, at.done);
  }
  Atomics.store(words, at.isThere + thread, ended);
}
