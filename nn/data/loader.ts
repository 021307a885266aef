/** Batches of data sets. */
import {
  Changing,
  checkOptions,
  described,
  drawKey,
  keep,
  type Key,
  keyTensor,
  type KeyWords,
  narrow,
  nextKey,
  permutation,
  scope,
  Tensor,
} from "@tapegrad/core";
import { type DataLoaderState, type LoaderKind, type Place, placeOf } from "./place.ts";
import { TensorDataset } from "./tensor_dataset.ts";

/**
 * What {@link DataLoader} may be told.
 *
 * @category Data
 */
export interface DataLoaderOptions {
  /** Samples in a batch; 1 unless said. */
  readonly batchSize?: number;
  /** Whether each epoch takes the samples in a new random order; it does not unless said. */
  readonly shuffle?: boolean;
  /** Where the orders come from; a key of the global sequence unless said. */
  readonly key?: Key;
  /** Whether a last batch that is not full is left out; it is not unless said. */
  readonly dropLast?: boolean;
}

/**
 * A data set in batches; each iteration is one epoch, `torch.utils.data.DataLoader`. Batches in order are views of
 * the data, shuffled ones are copies. The order of an epoch is a matter of the key and the number of the epoch alone:
 * two loaders with one key give the same orders, epoch by epoch. A `batchSize` that is no integer from 1 is a
 * `RangeError`.
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
 * const loader = new DataLoader(data, { batchSize: 2, shuffle: true, key: key(1) });
 * const seen: number[] = [];
 * for (const [x, y] of loader) {
 *   assertEquals(y.arraySync(), x.mul(10).arraySync());
 *   seen.push(...x.dataSync());
 * }
 * assertEquals(loader.length, 3);
 * assertEquals(seen.sort(), [0, 1, 2, 3, 4]);
 * ```
 */
export class DataLoader {
  /** The data. */
  readonly dataset: TensorDataset;
  /** Samples in a full batch. */
  readonly batchSize: number;
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean;
  readonly #keys: Changing<KeyWords> | Tensor | null;
  readonly #epoch = new Changing(0);
  /** Where the last iteration stands, or one that is to go on will; null between epochs. */
  readonly #place = new Changing<Place | null>(null);
  readonly #isToGoOn = new Changing(false);

  /** Batches of `dataset`. */
  constructor(dataset: TensorDataset, options: DataLoaderOptions = {}) {
    if (!(dataset instanceof TensorDataset)) {
      throw new TypeError(`Cannot load ${described(dataset)}: make a TensorDataset of tensors first`);
    }
    checkOptions("load data", options, { batchSize: 1, shuffle: false, dropLast: false, key: null });
    const { batchSize = 1, shuffle = false, dropLast = false, key } = options;
    if (!(Number.isInteger(batchSize) && batchSize > 0)) {
      throw new RangeError(`Cannot make batches of ${batchSize}: an integer from 1 is needed`);
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    this.#keys = shuffle ? sequenceFrom(key ?? nextKey()) : null;
  }

  /** How many batches an epoch has. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
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
    const { epoch, batch, key } = this.#place.value ?? { epoch: this.epoch, batch: 0, key: this.#words() };
    return { ...this.#kind, epoch, batch, key: key && [key.high, key.low] };
  }

  /**
   * Goes to where {@link DataLoader.stateDict} found a loader: the next iteration gives what was left of that epoch,
   * nothing after its last batch. The state of a loader of another length, batch size or order is a `RangeError` that
   * names what differs.
   */
  loadStateDict(state: DataLoaderState): void {
    const place = placeOf(state, this.#kind, this.length);
    if (this.#keys !== null) {
      this.#words();
      (this.#keys as Changing<KeyWords>).value = place.key!;
    }
    this.#epoch.value = place.epoch;
    this.#place.value = place.batch === 0 ? null : place;
    this.#isToGoOn.value = place.batch > 0;
  }

  /** The batches of the next epoch: for each, the samples in it of every tensor of the data. */
  *[Symbol.iterator](): Generator<Tensor[], void, undefined> {
    const begin = this.#isToGoOn.value ? this.#place.value!.batch : 0;
    this.#isToGoOn.value = false;
    const epoch = this.#epoch.value++, key = this.#keys instanceof Tensor ? null : this.#words();
    const order = this.#nextOrder();
    const isLast = () => this.#epoch.value === epoch + 1;
    try {
      for (let i = begin; i < this.length; i++) {
        const batch = this.#batch(i * this.batchSize, order);
        if (isLast()) this.#place.value = { epoch, batch: i + 1, key };
        yield batch;
      }
      if (isLast()) this.#place.value = null;
    } finally {
      order?.dispose();
    }
  }

  get #kind(): LoaderKind {
    const { dataset: { length }, batchSize, dropLast } = this;
    return { length, batchSize, dropLast, sampler: this.#keys === null ? "sequential" : "random" };
  }

  #words(): KeyWords | null {
    if (!(this.#keys instanceof Tensor)) return this.#keys && this.#keys.value;
    throw new TypeError(
      "Cannot tell the place of a DataLoader whose key is a tensor: make it with one of the host, as key(1)",
    );
  }

  // Kept, since a scope may end between two batches.
  #nextOrder(): Tensor | null {
    if (this.#keys === null) return null;
    const key = drawKey(this.#keys);
    const { length, tensors: [{ backend }] } = this.dataset;
    return scope(() => keep(permutation(length, { key, backend })));
  }

  #batch(start: number, order: Tensor | null): Tensor[] {
    const count = Math.min(this.batchSize, this.dataset.length - start);
    return order ? this.dataset.select(narrow(order, 0, start, count)) : this.dataset.range(start, count);
  }
}

function sequenceFrom(key: Key): Changing<KeyWords> | Tensor {
  return key instanceof Tensor ? keyTensor(key) : new Changing(key);
}
