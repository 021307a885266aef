/**
 * A map that keeps what was used last: entries that were set or found go last, and each time that `capacity` others
 * were, those that were not used since are dropped. So it holds the `capacity` last used for certain and twice as many
 * at most, and finding one costs no more than in a plain map.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { Recent } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const squares = new Recent<number, number>(2);
 * for (const n of [1, 2, 3, 4, 5]) {
 *   squares.get(1);
 *   squares.set(n, n * n);
 * }
 * assertEquals([1, 2, 5].map((n) => squares.get(n)), [1, undefined, 25]);
 * ```
 */
export class Recent<K, V> {
  readonly #capacity: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  /** How many entries it keeps at least. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many entries there are. */
  get size(): number {
    let size = this.#young.size;
    for (const key of this.#old.keys()) if (!this.#young.has(key)) size++;
    return size;
  }

  /** The value under a key, which is now the last used. */
  get(key: K): V | undefined {
    const value = this.#young.get(key);
    return value === undefined ? this.#revive(key) : value;
  }

  /** Puts a value under a key, which is now the last used. */
  set(key: K, value: V): void {
    this.#young.set(key, value);
    if (this.#young.size < this.#capacity) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  #revive(key: K): V | undefined {
    const value = this.#old.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }
}
