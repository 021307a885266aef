/** Samples that come one after another. */
import { Tensor, unscoped } from "@tapegrad/core";
import { isLater, silence } from "./later.ts";

/**
 * Samples that come one after another, with neither a `length` nor a `get`: a generator, a stream, what reads a
 * database. Each epoch begins a new iteration of it. `torch.utils.data.IterableDataset`.
 *
 * @category Data
 */
export type IterableSamples<S> = Iterable<S> | AsyncIterable<S>;

/** Whether samples come one after another, as they do where there is no length. */
export function isIterable(data: unknown): data is IterableSamples<unknown> {
  if (
    typeof data !== "object" || data === null || data instanceof Tensor ||
    Number.isInteger((data as { length?: unknown }).length)
  ) {
    return false;
  }
  return Symbol.asyncIterator in data || Symbol.iterator in data;
}

/** How an iteration is gone through. */
export interface Pace {
  /** Samples in a batch. */
  readonly batchSize: number;
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean;
  /** How many batches are passed over first. */
  readonly from: number;
  /** Whether what comes later can be waited for. */
  readonly waits: boolean;
}

/**
 * One way through samples, batch by batch. What the iterable makes is its own: it may hold on to it between two
 * samples, so that no scope of a loop or of a batch owns it.
 */
export class Drawing {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #pace: Pace;
  #left: number;
  #isDone = false;
  /** The batch that was asked for last. */
  #last: unknown;

  constructor(data: IterableSamples<unknown>, pace: Pace) {
    this.#iterator = unscoped(() => iteratorOf(data, pace.waits));
    this.#pace = pace;
    this.#left = pace.from * pace.batchSize;
  }

  /** The samples of the next batch, or a promise of them; none at the end. */
  next(): readonly unknown[] | Promise<readonly unknown[]> {
    const take = () => this.#take([]);
    // Batches fetched ahead are asked for before those in front of them are there.
    const batch = isLater(this.#last) ? Promise.resolve(this.#last).then(take, take) : take();
    return this.#last = batch as readonly unknown[] | Promise<readonly unknown[]>;
  }

  /** Has the iterable know that no more is wanted. */
  close(): unknown {
    if (this.#isDone) return;
    this.#isDone = true;
    return unscoped(() => this.#iterator.return?.());
  }

  #take(samples: unknown[]): readonly unknown[] | Promise<readonly unknown[]> {
    while (!this.#isFull(samples)) {
      const next = this.#step();
      if (isLater(next)) return this.#takeLater(next, samples);
      this.#put(next, samples);
    }
    return this.#whole(samples);
  }

  async #takeLater(first: unknown, samples: unknown[]): Promise<readonly unknown[]> {
    try {
      this.#put(await first as IteratorResult<unknown>, samples);
      while (!this.#isFull(samples)) this.#put(await this.#step(), samples);
    } catch (error) {
      this.#isDone = true;
      throw error;
    }
    return this.#whole(samples);
  }

  #isFull(samples: readonly unknown[]): boolean {
    return this.#isDone || samples.length === this.#pace.batchSize;
  }

  #whole(samples: readonly unknown[]): readonly unknown[] {
    const { batchSize, dropLast } = this.#pace;
    if (!dropLast || samples.length === batchSize) return samples;
    samples.forEach(silence);
    return [];
  }

  #step(): IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>> {
    try {
      return unscoped(() => this.#iterator.next());
    } catch (error) {
      this.#isDone = true;
      throw error;
    }
  }

  #put({ done, value }: IteratorResult<unknown>, samples: unknown[]): void {
    if (done) this.#isDone = true;
    else if (this.#left === 0) samples.push(value);
    else {
      this.#left--;
      silence(value);
    }
  }
}

function iteratorOf(
  data: IterableSamples<unknown>,
  waits: boolean,
): Iterator<unknown> | AsyncIterator<unknown> {
  if (waits && Symbol.asyncIterator in data) return data[Symbol.asyncIterator]();
  if (Symbol.iterator in data) return data[Symbol.iterator]();
  throw new TypeError("Cannot take batches of what comes later by for … of: use for await … of");
}
