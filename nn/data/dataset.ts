/** What a data set is. */
import { described } from "@tapegrad/core";

/**
 * Samples by position, `torch.utils.data.Dataset`: extend it with a `length` and a `get`, whose samples are whatever
 * you make them, promises included. What holds tensors already is a {@link TensorDataset}.
 *
 * @category Data
 * @example
 * ```ts
 * import { Dataset } from "@tapegrad/nn";
 * import { assertEquals } from "@std/assert";
 *
 * class Squares extends Dataset<number> {
 *   readonly length = 4;
 *
 *   override get(i: number): number {
 *     return i * i;
 *   }
 * }
 *
 * assertEquals([...new Squares()], [0, 1, 4, 9]);
 * ```
 */
export abstract class Dataset<S> {
  /** How many samples. */
  abstract readonly length: number;

  /** For those that extend it. */
  constructor() {
    if (new.target !== Dataset) return;
    throw new TypeError("Cannot make a Dataset by itself: make a TensorDataset of tensors, or extend it");
  }

  /** Sample `i`. */
  abstract get(i: number): S;

  /** Each sample in turn. */
  *[Symbol.iterator](): IterableIterator<S> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }
}

/**
 * Refuses what is no dataset with a TypeError that says what was asked.
 *
 * @category Data
 */
export function checkDataset(asked: string, data: unknown): void {
  if (data instanceof Dataset) return;
  throw new TypeError(
    `Cannot ${asked} ${described(data)}: make a Dataset first, as a TensorDataset of tensors`,
  );
}
