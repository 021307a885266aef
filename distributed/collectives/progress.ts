/** A thread that waits in MPI, which goes on with sums under way while this one computes. */
import type { Job } from "../job.ts";

const TAG = 1701;

/** Begins with the first sum of a backward and ends with it: it waits for a message from the process to itself. */
export class ProgressThread {
  #done: Promise<number> | null = null;

  /** Has it wait, unless it does. */
  start({ library }: Job): void {
    if (this.#done || !library) return;
    const { calls, abi } = library;
    this.#done = calls.receiveLater(new Int32Array(1), 1, abi.types.i32, 0, TAG, abi.self, abi.ignored);
  }

  /** Lets it go. */
  stop({ library }: Job): void {
    if (!this.#done || !library) return;
    const { calls, abi } = library;
    calls.send(new Int32Array(1), 1, abi.types.i32, 0, TAG, abi.self);
    this.#done = null;
  }
}
