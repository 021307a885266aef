/** Threads over one shared memory: they begin with the first job that is worth it, and take its pieces as they can. */
import type { Heap } from "../memory/heap.ts";
import { type Again, type Job, runCalls, SharedJob, type Written } from "./job.ts";
import { ENDED, layout as at, MOST_PIECES, PIECE_BITS, WORDS } from "./layout.ts";
import type { Place, Shareable } from "./shareable.ts";
import { begin, type OneWorker } from "./workers.ts";

const pause = (Atomics as { readonly pause?: () => void }).pause;
/** So often threads look for what they wait for before they sleep: some 50 µs. */
const SPINS = pause ? 1000 : 10_000;
/**
 * A worker without a job for so many milliseconds ends, so that the memory of a heap that nobody has any more can be freed.
 * It keeps no process from ending and costs none of the processor's time, but another would compile all modules anew.
 */
const IDLE = 300_000;
/** The caller sleeps so many milliseconds at a time, and so often until workers that it waits for are silent. */
const NAP = 50, NAPS = 20;
/** A silence may last so many times as long as the caller's longest piece of the job. */
const PATIENCE = 10;

const LEFT = 2 ** PIECE_BITS - 1;

/** The threads of a heap. */
export class Threads {
  /** How many there are at most, with the caller's. */
  readonly count: number;
  /** Those that have begun, by their numbers; the caller has none. */
  readonly workers: (OneWorker | undefined)[] = [];
  readonly #heap: Heap;
  readonly #start: number;
  readonly #words: Int32Array;
  readonly #modules = new Map<Shareable, readonly [number: number, start: number]>();
  #ticket = 0;
  #reason: string | undefined;
  #isBusy = false;

  /** Room for what threads tell each other; none begins yet. */
  constructor(heap: Heap, count: number) {
    this.#heap = heap;
    this.count = count;
    this.#start = heap.allocate(4 * WORDS);
    this.#words = new Int32Array(heap.memory.buffer, this.#start, WORDS).fill(0);
  }

  /** Why there is the caller's alone from now on. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Whether a job is being told. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Runs what `build` tells a job; of each thread the room has so many bytes, of which the first is at `start`. */
  run(room: number, start: number, build: (job: Job) => void, again?: Again): void {
    for (let thread = 1; thread < this.count; thread++) this.#begin(thread);
    this.#words[at.room] = room;
    const kept = again?.kept?.by === this ? again.kept.job : null;
    if (kept !== null) {
      again!.address(kept.words, start);
      this.#words.set(kept.words, at.functions);
      return this.#post(kept);
    }
    const job = new SharedJob(this.#words, this.#place, (written) => this.#post(written));
    this.#isBusy = true;
    try {
      build(job);
      job.next();
      if (again) again.kept = { by: this, job: job.kept() };
      job.end();
    } finally {
      this.#isBusy = false;
    }
  }

  /** Ends all workers, for good. */
  end(reason: string): void {
    this.#reason ??= reason;
    Atomics.store(this.#words, at.isOver, 1);
    Atomics.notify(this.#words, at.ticket);
    for (const worker of this.workers) worker?.terminate();
    this.workers.length = 0;
  }

  #begin(thread: number): void {
    const place = at.isThere + thread;
    if (this.#reason !== undefined || this.workers[thread] && this.#words[place] !== ENDED) return;
    Atomics.store(this.#words, place, 0);
    const orders = {
      ...{ memory: this.#heap.memory, start: this.#start, length: WORDS, at, pieceBits: PIECE_BITS },
      ...{ thread, spins: SPINS, idle: IDLE, ended: ENDED },
    };
    const onError = (reason: string) => this.end(`a worker could not run: ${reason}`);
    try {
      this.workers[thread] = begin(orders, onError);
    } catch (error) {
      onError(String(error));
    }
  }

  // Arrow functions, for jobs keep them.
  readonly #place = ({ module, place }: Place, arity: number, fn: number): void => {
    let known = this.#modules.get(module);
    if (!known) {
      const { bytes } = module, start = this.#heap.allocate(bytes.length);
      (this.#heap.array("bool") as Uint8Array).set(bytes, start);
      this.#modules.set(module, known = [this.#modules.size, start]);
    }
    this.#words.set([...known, module.bytes.length, place, arity], at.functions + fn * at.fn);
  };

  #post({ functions, ends }: Written): void {
    const words = this.#words, together = Math.ceil(ends.length / MOST_PIECES);
    const count = Math.ceil(ends.length / together);
    for (let piece = 0, from: number = at.calls; piece < count; piece++) {
      const to = ends[Math.min((piece + 1) * together, ends.length) - 1];
      words.set([0, from, to], at.pieces + piece * at.piece);
      from = to;
    }
    Atomics.store(words, at.done, 0);
    this.#ticket = this.#ticket + LEFT + 1 | 0;
    Atomics.store(words, at.ticket, this.#ticket | count);
    Atomics.notify(words, at.ticket);
    this.#finish(count, (piece) => {
      const own = at.pieces + piece * at.piece;
      runCalls(words, functions, words[own + 1], words[own + 2]);
      words[own] = 1;
    });
  }

  // With the others, or alone where these are silent: a piece may run twice, for it reads nothing that it writes.
  #finish(count: number, run: (piece: number) => void): void {
    let longest = 0;
    const timed = (piece: number) => {
      const began = performance.now();
      run(piece);
      longest = Math.max(longest, performance.now() - began);
    };
    const own = this.#takeAll(count, timed), reason = this.#wait(count - own, PATIENCE * longest);
    if (reason === undefined) return;
    this.end(reason);
    for (let piece = 0; piece < count; piece++) {
      if (Atomics.load(this.#words, at.pieces + piece * at.piece) === 0) run(piece);
    }
  }

  // How many the caller took; where one cannot be run, none is left to the others and what they have is waited for.
  #takeAll(count: number, run: (piece: number) => void): number {
    let own = 0;
    try {
      for (let piece = this.#take(); piece >= 0; piece = this.#take()) {
        own++;
        run(piece);
      }
      return own;
    } catch (error) {
      const dropped = Atomics.and(this.#words, at.ticket, ~LEFT) & LEFT;
      const reason = this.#wait(count - own - dropped, 0);
      if (reason !== undefined) this.end(reason);
      throw error;
    }
  }

  // The number of a piece that nobody else runs, or -1.
  #take(): number {
    for (;;) {
      const ticket = Atomics.load(this.#words, at.ticket), count = ticket & LEFT;
      if (count === 0) return -1;
      if (Atomics.compareExchange(this.#words, at.ticket, ticket, ticket - 1) === ticket) return count - 1;
    }
  }

  // Until others have done so many pieces, or a reason why they will not.
  #wait(count: number, patience: number): string | undefined {
    const words = this.#words;
    for (let spun = 0; spun < SPINS; spun++) {
      if (Atomics.load(words, at.done) >= count) return undefined;
      pause?.();
    }
    Atomics.store(words, at.isAwaited, 1);
    try {
      return this.#sleep(count, Math.max(NAPS, patience / NAP));
    } finally {
      Atomics.store(words, at.isAwaited, 0);
    }
  }

  #sleep(count: number, naps: number): string | undefined {
    const words = this.#words;
    for (let napped = 0; napped < naps;) {
      const done = Atomics.load(words, at.done);
      if (done >= count) return undefined;
      if (Atomics.load(words, at.hasFailed) === 1) return "a worker failed";
      napped = Atomics.wait(words, at.done, done, NAP) === "timed-out" ? napped + 1 : 0;
    }
    return `a worker was silent for ${Math.round(naps * NAP / 100) / 10} s`;
  }
}
