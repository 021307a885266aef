/** Jobs: calls of kernels in pieces that do not depend on each other. */
import type { Run } from "../modules.ts";
import { CALLS, layout as at, MOST_FUNCTIONS } from "./layout.ts";
import { type Place, placeOf } from "./shareable.ts";

/** What is told what to do, call by call. */
export interface Job {
  /**
   * Calls a function with whole numbers, after the calls of the same piece before it. Bit k of `moved` is set where the
   * k-th argument is an address in the room, of which each thread has its own.
   */
  call(run: Run, args: readonly number[], moved?: number): void;
  /** Ends a piece: calls from here on may run before it, or at the same time. */
  next(): void;
}

/** A job on one thread: each call runs at once. */
export const atOnce: Job = {
  call: (run, args) => void run(...args),
  next: () => {},
};

/** Calls that were written down: the functions, and the words at which pieces end. */
export interface Written {
  readonly functions: readonly Run[];
  readonly ends: readonly number[];
}

/** The same with the words themselves, from those of functions on. */
export interface Kept extends Written {
  readonly words: Int32Array;
}

/** A job that is told again and again: all but some addresses stays as it was. */
export interface Again {
  /** What was written down at the first time, and by whom; `null` where it had to be told in parts. */
  kept: { readonly by: object; readonly job: Kept | null } | undefined;
  /** Writes the addresses of now, with the room at another. */
  address(words: Int32Array, start: number): void;
}

/** Where a function's module is in shared memory. */
export type PlaceFunction = (place: Place, arity: number, number: number) => void;

/** A job for several threads, whose calls are written down until there are many. */
export class SharedJob implements Job {
  readonly #words: Int32Array;
  readonly #place: PlaceFunction;
  readonly #post: (written: Written) => void;
  #functions: Run[] = [];
  #ends: number[] = [];
  #begin: number = at.calls;
  #end: number = at.calls;
  #isAlone = false;
  #isWhole = true;

  /** A job without calls; `post` runs those that were written down, once it has them. */
  constructor(words: Int32Array, place: PlaceFunction, post: (written: Written) => void) {
    this.#words = words;
    this.#place = place;
    this.#post = post;
  }

  call(run: Run, args: readonly number[], moved = 0): void {
    const words = this.#words, fn = this.#isAlone ? -1 : this.#numberOf(run, args.length);
    if (fn < 0 || this.#end + 2 + args.length > at.calls + CALLS) return this.#alone(run, args);
    words[this.#end++] = fn;
    words[this.#end++] = moved;
    for (let k = 0; k < args.length; k++) words[this.#end++] = args[k];
  }

  next(): void {
    if (this.#isAlone) this.#end = this.#begin;
    else if (this.#end > this.#begin) this.#ends.push(this.#end);
    this.#begin = this.#end;
    this.#isAlone = false;
    if (this.#end > at.calls + CALLS / 2 || this.#functions.length === MOST_FUNCTIONS) this.#run();
  }

  /** Ends the last piece and runs what has not run yet. */
  end(): void {
    this.next();
    this.#run();
  }

  /** What was written down so far; `null` where some of it has run. */
  kept(): Kept | null {
    if (!this.#isWhole) return null;
    const [functions, ends] = [this.#functions, this.#ends];
    return { functions, ends, words: this.#words.slice(at.functions, this.#end) };
  }

  #run(): void {
    this.#isWhole = false;
    const functions = this.#functions, ends = this.#ends;
    this.#functions = [];
    this.#ends = [];
    this.#begin = this.#end = at.calls;
    if (ends.length > 0) this.#post({ functions, ends });
  }

  // The calls of a piece that threads cannot have, by the caller and in their order.
  #alone(run: Run, args: readonly number[]): void {
    this.#isWhole = false;
    if (!this.#isAlone) runCalls(this.#words, this.#functions, this.#begin, this.#end);
    this.#isAlone = true;
    run(...args);
  }

  #numberOf(run: Run, arity: number): number {
    const known = this.#functions.indexOf(run);
    if (known >= 0) return known;
    const place = placeOf(run);
    if (!place || this.#functions.length === MOST_FUNCTIONS) return -1;
    this.#place(place, arity, this.#functions.length);
    return this.#functions.push(run) - 1;
  }
}

const args: number[] = [];

/** Runs the calls from a word on until another, as the caller's thread. */
export function runCalls(words: Int32Array, functions: readonly Run[], begin: number, end: number): void {
  for (let call = begin; call < end;) {
    const fn = words[call], first = call + 2;
    args.length = words[at.functions + fn * at.fn + 4];
    for (let k = 0; k < args.length; k++) args[k] = words[first + k];
    functions[fn](...args);
    call = first + args.length;
  }
}
