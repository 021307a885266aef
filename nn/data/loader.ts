/** Batches of data sets. */
import { Changing, drawKey, type Key, keyTensor, type KeyWords, nextKey, Tensor } from "@tapegrad/core";
import type { Collated } from "./collate.ts";
import { type Samples, toSamples } from "./dataset.ts";
import { isIterable, type IterableSamples } from "./iterables.ts";
import { type Course, courseOf, type DataLoaderOptions } from "./course.ts";
import { END, Fetched, fetchLater, type Reading } from "./loading.ts";
import { type DataLoaderState, type LoaderKind, type Place, placeOf } from "./place.ts";

/**
 * A data set in batches; each iteration is one epoch, `torch.utils.data.DataLoader`. Batches of a
 * {@link TensorDataset} in order are views of it, others are copies; samples of other data sets are put together by
 * {@link defaultCollate} or a `collate` of yours. The order of an epoch is a matter of the key and the number of the
 * epoch alone: two loaders with one key give the same orders, epoch by epoch.
 *
 * `for await` takes batches of samples that are promises, and fetches `prefetch` more of them meanwhile: they come in
 * order, an error when it is the turn of its batch, and none is begun once the loop is left.
 *
 * Samples may also come one after another, with neither a `length` nor a `get`, as from a generator or a stream: then
 * their order is theirs, an epoch is one iteration, and one that goes on passes over what was given.
 *
 * A batch made outside of a `scope` is left to the collector, as the loop may hold on to it, and no collector comes by
 * during a loop without an `await`. With `release: true` the loader releases each when the next is asked for, except
 * what the loop has kept by `keep`.
 *
 * @category Data
 * @example
 * ```ts
 * import { arange, key } from "@tapegrad/core";
 * import { DataLoader, TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new TensorDataset(arange(5), arange(5).mul(10));
 * const loader = new DataLoader(data, { batchSize: 2, shuffle: true, key: key(1), release: true });
 * const seen: number[] = [];
 * for (const [x, y] of loader) {
 *   assertEquals(y.arraySync(), x.mul(10).arraySync());
 *   seen.push(...x.dataSync());
 * }
 * assertEquals(loader.length, 3);
 * assertEquals(seen.sort(), [0, 1, 2, 3, 4]);
 * ```
 *
 * @example Samples that are fetched
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { DataLoader } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const files = ["1,2", "3,4", "5,6"].map((text) => new Blob([text]));
 * const data = { length: 3, get: async (i: number) => ({ x: Float32Array.from((await files[i].text()).split(",")), i }) };
 * const shapes: unknown[] = [];
 * for await (const { x, i } of new DataLoader(data, { batchSize: 2, prefetch: 1 })) shapes.push([x.shape, await i.array()]);
 * assertEquals(shapes, [[[2, 2], [0, 1]], [[1, 2], [2]]]);
 * ```
 *
 * @example Samples that come one after another
 * ```ts
 * import { DataLoader } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const lines = { async *[Symbol.asyncIterator]() { for (const line of ["1,2", "3,4", "5,6"]) yield line.split(",").map(Number); } };
 * const seen: unknown[] = [];
 * for await (const [x, y] of new DataLoader(lines, { batchSize: 2 })) seen.push([await x.array(), await y.array()]);
 * assertEquals(seen, [[[1, 3], [2, 4]], [[5], [6]]]);
 * ```
 */
export class DataLoader<S = Tensor[], B = Collated<Awaited<S>>> {
  /** The data. */
  readonly dataset: Samples<S> | IterableSamples<S>;
  /** Samples in a full batch; 0 where a batch sampler knows. */
  readonly batchSize: number;
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean;
  /** How many batches are fetched ahead by `for await`. */
  readonly prefetch: number;
  readonly #course: Course;
  readonly #releases: boolean;
  readonly #keys: Changing<KeyWords> | Tensor | null;
  readonly #epoch = new Changing(0);
  /** Where the last iteration stands, or one that is to go on will; null between epochs. */
  readonly #place = new Changing<Place | null>(null);
  readonly #isToGoOn = new Changing(false);

  /** Batches of `dataset`: a list of samples, an object with a `length` and a `get`, or samples one after another. */
  constructor(
    dataset: Samples<S> | readonly S[] | IterableSamples<S>,
    options: DataLoaderOptions<S, B> = {},
  ) {
    this.dataset = isIterable(dataset) ? dataset : toSamples("load", dataset);
    this.#course = courseOf(this.dataset, options);
    ({ batchSize: this.batchSize, dropLast: this.dropLast } = this.#course);
    this.prefetch = options.prefetch ?? 0;
    this.#releases = options.release ?? false;
    this.#keys = this.#course.isRandom ? sequenceFrom(options.key ?? nextKey()) : null;
  }

  /** Whether it is known how many batches an epoch has, as it is not of samples that come one after another. */
  get hasLength(): boolean {
    return this.#course.length() !== null;
  }

  /** How many batches an epoch has; a `TypeError` where that is not known. */
  get length(): number {
    const length = this.#course.length();
    if (length !== null) return length;
    throw new TypeError(
      "Cannot tell how many batches there are of samples that come one after another: count them, or load a list",
    );
  }

  /** How many epochs have been begun. */
  get epoch(): number {
    return this.#epoch.value;
  }

  /**
   * Where the last iteration is: the epoch and how many of its batches have been given, the one that is worked on
   * included; after the last one it is the beginning of the next epoch. A loop that was left early is where it was
   * left. It is plain data, for JSON; a key that is a tensor is an error.
   *
   * @example
   * ```ts
   * import { arange, key } from "@tapegrad/core";
   * import { DataLoader, TensorDataset } from "@tapegrad/nn";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const make = () => new DataLoader(new TensorDataset(arange(5)), { batchSize: 2, shuffle: true, key: key(1) });
   * const whole = [...make()].map(([x]) => x.arraySync()), loader = make(), resumed = make();
   * for (const _ of loader) break;
   * resumed.loadStateDict(JSON.parse(JSON.stringify(loader.stateDict())));
   * assertEquals([...resumed].map(([x]) => x.arraySync()), whole.slice(1));
   * ```
   */
  stateDict(): DataLoaderState {
    const { epoch, batch, key } = this.#place.value ??
      { epoch: this.epoch, batch: 0, key: this.#sequence()?.value ?? null };
    return { ...this.#kind, epoch, batch, key: key && [key.high, key.low] };
  }

  /**
   * Goes to where {@link DataLoader.stateDict} found a loader: the next iteration gives what was left of that epoch,
   * nothing after its last batch. The state of a loader of another length, batch size or order is a `RangeError` that
   * names what differs.
   */
  loadStateDict(state: DataLoaderState): void {
    const place = placeOf(state, this.#kind, this.#sequence() !== null);
    if (place.key !== null) this.#sequence()!.value = place.key;
    this.#epoch.value = place.epoch;
    this.#place.value = place.batch === 0 ? null : place;
    this.#isToGoOn.value = place.batch > 0;
  }

  /** The batches of the next epoch, or of what is left of one; samples that are promises are a `TypeError`. */
  *[Symbol.iterator](): Generator<B, void, undefined> {
    const epoch = this.#begin(false);
    let fetched: Fetched | null = null;
    try {
      for (let i = epoch.from; i < this.#most; i++) {
        fetched?.release();
        fetched = epoch.fetch(i);
        const { batch } = fetched;
        if (batch === END) break;
        epoch.gave(i);
        yield batch as B;
      }
      epoch.finish();
    } finally {
      fetched?.release();
      epoch.reading.dispose();
    }
  }

  /** The batches of the next epoch, or of what is left of one, while `prefetch` more are fetched. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    const epoch = this.#begin(true), ahead: Promise<Fetched>[] = [];
    let fetched: Fetched | null = null, next = epoch.from;
    try {
      for (let i = next; i < this.#most; i++) {
        fetched?.release();
        while (next < this.#most && next <= i + this.prefetch) ahead.push(epoch.fetchLater(next++));
        fetched = await ahead.shift()!;
        if (fetched.batch === END) break;
        epoch.gave(i);
        yield fetched.batch as B;
      }
      epoch.finish();
    } finally {
      fetched?.release();
      for (const later of ahead) later.then((fetched) => fetched.release(), () => {});
      await epoch.reading.dispose();
    }
  }

  get #most(): number {
    return this.#course.length() ?? Infinity;
  }

  #begin(waits: boolean): Epoch {
    const from = this.#isToGoOn.value ? this.#place.value!.batch : 0;
    this.#isToGoOn.value = false;
    const key = this.#keys instanceof Changing ? this.#keys.value : null, epoch = this.#epoch.value++;
    const reading = this.#course.open(this.#keys && drawKey(this.#keys), { from, waits });
    const fetch = (i: number) => new Fetched(reading, i, this.#releases);
    const stand = (place: Place | null) => {
      if (this.#epoch.value === epoch + 1) this.#place.value = place;
    };
    return {
      from,
      reading,
      fetch,
      fetchLater: (i) => fetchLater(() => fetch(i), this.prefetch > 0, this.#releases),
      gave: (i) => stand({ epoch, batch: i + 1, key }),
      finish: () => stand(null),
    };
  }

  get #kind(): LoaderKind {
    const { batchSize, dropLast } = this, { samples: length, kind: sampler } = this.#course;
    return { length, batchSize, dropLast, sampler, batches: this.#course.length() };
  }

  /** The sequence of its keys; one on a device has no place here. */
  #sequence(): Changing<KeyWords> | null {
    if (!(this.#keys instanceof Tensor)) return this.#keys;
    throw new TypeError(
      "Cannot tell the place of a DataLoader whose key is a tensor: make it with one of the host, as key(1)",
    );
  }
}

/** An iteration. */
interface Epoch {
  readonly from: number;
  readonly reading: Reading;
  fetch(i: number): Fetched;
  fetchLater(i: number): Promise<Fetched>;
  gave(i: number): void;
  finish(): void;
}

function sequenceFrom(key: Key): Changing<KeyWords> | Tensor {
  return key instanceof Tensor ? keyTensor(key) : new Changing(key);
}
