import { Recent } from "../base/recent.ts";

/** So many are held though nobody else does, so that what is built again and again stays the same object. */
const HELD = 1024;

/**
 * Objects by what they are made of, one each, held weakly: for as long as anyone holds one it is found again, and
 * then it goes, and its key with it.
 */
export class Interned<T extends object> {
  readonly #refs = new Map<string, WeakRef<T>>();
  readonly #recent = new Recent<string, T>(HELD);
  readonly #gone = new FinalizationRegistry<string>((key) => this.#forget(key));
  #sweep: Iterator<[string, WeakRef<T>]> | null = null;

  /** How many keys there are. */
  get size(): number {
    return this.#refs.size;
  }

  /** The object under a key, if it lives. */
  get(key: string): T | undefined {
    const recent = this.#recent.get(key);
    if (recent) return recent;
    const found = this.#refs.get(key)?.deref();
    if (found) this.#recent.set(key, found);
    return found;
  }

  /** Puts an object under the key that none who lives has. */
  set(key: string, value: T): void {
    this.#refs.set(key, new WeakRef(value));
    this.#recent.set(key, value);
    this.#gone.register(value, key);
    this.#sweepOne();
  }

  // Finalizers wait for the end of the job: a job that makes many looks after the keys of those from before it.
  #sweepOne(): void {
    const { value, done } = (this.#sweep ??= this.#refs.entries()).next();
    if (done) this.#sweep = null;
    else if (!value[1].deref()) this.#refs.delete(value[0]);
  }

  // The key may have got another object since. An iterator that waits would hold the table as it was when it was large.
  #forget(key: string): void {
    this.#sweep = null;
    if (this.#refs.get(key)?.deref() === undefined) this.#refs.delete(key);
  }
}
