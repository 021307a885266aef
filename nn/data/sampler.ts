/** What a sampler is, and what is asked of all of them. */
import { type Backend, described, type Key, Tensor } from "@tapegrad/core";
import { hostBackend } from "./host_order.ts";

/**
 * Chooses the samples of an epoch: any object that has a length and gives as many positions, of its own or by the
 * key that it is given, which is another for each epoch.
 *
 * @category Data
 */
export interface Sampler {
  /** What a {@link DataLoader} tells it apart from others by, where it goes on; "custom" unless said. */
  readonly kind?: string;
  /** How many samples an epoch takes. */
  readonly length: number;
  /** Their positions in order, as numbers or as i32 `[length]` on a backend. */
  order(key: Key, backend: Backend): Tensor | ArrayLike<number> | Iterable<number>;
}

/**
 * Chooses the batches of an epoch: any object that has a length and gives as many lists of positions.
 *
 * @category Data
 */
export interface BatchSamplerLike {
  /** What a {@link DataLoader} tells it apart from others by, where it goes on; "custom" unless said. */
  readonly kind?: string;
  /** How many batches an epoch has. */
  readonly length: number;
  /** The positions of the samples of each. */
  batches(key: Key): Iterable<readonly number[]>;
}

/** What has samples, or how many there are. */
export type Source = number | { readonly length: number };

/** How many samples there are; what tells no number is a `RangeError`. */
export function countOf(source: Source, least = 0): number {
  const count = typeof source === "number" ? source : source?.length;
  if (Number.isInteger(count) && count >= least) return count;
  const needed = least > 0 ? "a dataset with samples" : "a dataset";
  throw new RangeError(`Cannot sample from ${described(source)}: ${needed}, or their number, is needed`);
}

/** Refuses what is no number of samples. */
export function checkCount(asked: string, count: unknown): asserts count is number {
  if (Number.isInteger(count) && (count as number) >= 0) return;
  throw new RangeError(`Cannot ${asked} ${described(count)} samples: an integer from 0 is needed`);
}

/** Refuses what is no number of samples of a batch. */
export function checkBatchSize(batchSize: unknown): void {
  if (Number.isInteger(batchSize) && (batchSize as number) > 0) return;
  throw new RangeError(`Cannot make batches of ${described(batchSize)}: an integer from 1 is needed`);
}

/** Refuses what has no length and no function of this name. */
export function checkSampler(sampler: unknown, name: "order" | "batches"): void {
  const given = sampler as Record<string, unknown> | null | undefined;
  if (typeof given?.[name] === "function" && Number.isInteger(given.length) && given.length as number >= 0) {
    return;
  }
  throw new TypeError(
    `Cannot sample by ${described(sampler)}: an object with a length and a function ${name}() is needed`,
  );
}

/** How many batches so many samples are. */
export function batchCount(samples: number, batchSize: number, dropLast: boolean): number {
  return dropLast ? Math.floor(samples / batchSize) : Math.ceil(samples / batchSize);
}

/** The positions that a sampler gives, as many as it said. */
export function orderOf(sampler: Sampler, key: Key, backend: Backend = hostBackend()): Tensor | number[] {
  const order = sampler.order(key, backend), list = order instanceof Tensor ? order : Array.from(order);
  const length = list instanceof Tensor ? list.shape[0] : list.length;
  if (length === sampler.length) return list;
  throw new RangeError(`Cannot take ${length} samples by a sampler whose length is ${sampler.length}`);
}
