/** What changes as it is used, and how a checkpointed function finds it again as it was. */
import { refusePromise } from "../base/refuse_promise.ts";
import { checkFunction } from "../base/settings.ts";
import { context, within } from "./context.ts";
import { tick } from "./clock.ts";

/** Journals that watch: one, and those around it. */
export interface Watch {
  /** The innermost. */
  readonly journal: Journal;
  /** The rest. */
  readonly outer: Watch | null;
}

/** Whether a journal watches, and {@link note} has to be called. */
export function isWatched(): boolean {
  return context.watch !== null;
}

/** Puts a thing back as it was. */
export interface Undo {
  (): void;
  /** Lets go of what that takes. */
  forget?(): void;
}

/** Remembers how things were before they were used or changed for the first time. */
export class Journal {
  readonly #since = tick();
  readonly #undo = new Map<object, Undo>();

  /** Runs `fn` and remembers what it uses and changes; an outer journal does as well. */
  watch<T>(fn: () => T): T {
    return within({ watch: { journal: this, outer: context.watch } }, fn);
  }

  /** Puts everything back as it was. */
  rewind(): void {
    for (const undo of this.#undo.values()) undo();
  }

  /** Takes note of a thing, unless it has or the thing was made after it. */
  note(thing: object, madeAt: number, remember: () => Undo): void {
    if (madeAt < this.#since && !this.#undo.has(thing)) this.#undo.set(thing, remember());
  }
}

/**
 * Tells all journals that watch of a thing about to be used or changed: the tick at which it was made, and
 * what gives the function that puts it back as it is now.
 */
export function note(thing: object, madeAt: number, remember: () => Undo): void {
  for (let watch = context.watch; watch !== null; watch = watch.outer) {
    watch.journal.note(thing, madeAt, remember);
  }
}

/**
 * A value that changes as it is used, such as the key of a generator or a counter. When a function under
 * {@link checkpoint} runs again, it finds the value that it found the first time, and afterwards the value is
 * again what it was before.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { checkpoint, Changing, type Tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const calls = new Changing(0);
 * const x = variable(3);
 * checkpoint((x: Tensor) => x.mul(++calls.value))(x).backward();
 * assertEquals([await x.grad!.item(), calls.value], [1, 1]);
 * ```
 */
export class Changing<T> {
  #value: T;

  /** A value to start with. */
  constructor(value: T) {
    this.#value = value;
  }

  /** The value now. */
  get value(): T {
    context.recorder?.decided(this, () => this.#value);
    return this.follow();
  }

  /** Changes it. */
  set value(value: T) {
    context.recorder?.redecided(this);
    this.#note();
    this.#value = value;
  }

  /**
   * The value now, for what is computed with it and follows it wherever it is computed again.
   *
   * @internal
   */
  follow(): T {
    this.#note();
    return this.#value;
  }

  #note(): void {
    if (context.watch !== null) note(this, 0, () => this.#remember());
  }

  #remember(): () => void {
    const value = this.#value;
    return () => this.value = value;
  }
}

/**
 * Runs `fn`, which must be synchronous, and then puts back what it changed: tensors in place, the sequence of random
 * numbers, and every {@link Changing}, as whether modules are in training.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { normal, randomState, undone, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const total = zeros([2]), state = randomState();
 * undone(() => total.assign(normal([2])));
 * assertEquals([await total.array(), randomState()], [[0, 0], state]);
 * ```
 */
export function undone<T>(fn: () => T): T {
  checkFunction("undo", fn);
  const journal = new Journal();
  try {
    return refusePromise(journal.watch(fn), "Cannot undo across await: pass a synchronous function");
  } finally {
    journal.rewind();
  }
}
