/** What a data set is, and what others are made of it. */
import { checkFunction, described, IndexError } from "@tapegrad/core";
import { isLater, then } from "./later.ts";

/**
 * Samples by position: what a data set is to those who read it, with methods or without.
 *
 * @category Data
 */
export interface Samples<S> {
  /** How many samples. */
  readonly length: number;
  /** Sample `i`, or a promise of it. */
  get(i: number): S;
}

/**
 * What a function makes of a sample: a promise if it was one.
 *
 * @category Data
 */
export type Mapped<S, T> = S extends PromiseLike<unknown> ? Promise<Awaited<T>> : T;

/**
 * Samples by position, `torch.utils.data.Dataset`: extend it with a `length` and a `get`, whose samples are whatever
 * you make them, promises included, or take what you have by {@link Dataset.from}. What holds tensors already is a
 * {@link TensorDataset}.
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
 * const data = new Squares();
 * assertEquals([...data], [0, 1, 4, 9]);
 * assertEquals([...data.filter((n) => n % 2 === 0).map((n) => n + 1).concat(data.subset([3]))], [1, 5, 9]);
 * ```
 */
export abstract class Dataset<S> implements Samples<S> {
  /** How many samples. */
  abstract readonly length: number;

  /** For those that extend it. */
  constructor() {
    if (new.target !== Dataset) return;
    throw new TypeError("Cannot make a Dataset by itself: make a TensorDataset of tensors, or extend it");
  }

  /** The samples of a list, or of an object with a `length` and a `get` of its own. */
  static from<S>(samples: readonly S[] | Samples<S>): Dataset<S> {
    if (samples instanceof Dataset) return samples;
    return new MappedDataset(toSamples("make a dataset of", samples));
  }

  /** Sample `i`, or a promise of it. */
  abstract get(i: number): S;

  /** Each sample in turn; `for await` waits for those that are promises. */
  *[Symbol.iterator](): IterableIterator<S> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }

  /** What `fn` makes of each sample and its position, whenever that is asked for. */
  map<T>(fn: (sample: Awaited<S>, i: number) => T): Dataset<Mapped<S, T>> {
    checkFunction("map a dataset by", fn);
    return new MappedDataset(this, fn) as Dataset<Mapped<S, T>>;
  }

  /**
   * Those samples of which `keeps` says true, which is asked at once; of promises it is a promise. `keeps` gives a
   * boolean or a promise of one, anything else is a `TypeError`.
   */
  filter(
    keeps: (sample: Awaited<S>, i: number) => boolean,
  ): S extends PromiseLike<unknown> ? Promise<Dataset<S>> : Dataset<S>;
  /** A promise of those of which `keeps` says so later. */
  filter(keeps: (sample: Awaited<S>, i: number) => Promise<boolean>): Promise<Dataset<S>>;
  filter(keeps: (sample: Awaited<S>, i: number) => boolean | Promise<boolean>): unknown {
    checkFunction("filter a dataset by", keeps);
    const ask = (i: number) => then(this.get(i), (sample) => keeps(sample as Awaited<S>, i));
    const found: number[] = [];
    for (let i = 0; i < this.length; i++) {
      const answer = ask(i);
      if (isLater(answer)) return this.#filterLater(found, i, answer, ask);
      if (checkAnswer(answer)) found.push(i);
    }
    return this.subset(found);
  }

  async #filterLater(
    found: number[],
    from: number,
    first: unknown,
    ask: (i: number) => unknown,
  ): Promise<Dataset<S>> {
    for (let i = from; i < this.length; i++) {
      if (checkAnswer(await (i === from ? first : ask(i)))) found.push(i);
    }
    return this.subset(found);
  }

  /** The samples at positions, in their order; one that is not there is an {@link IndexError}. */
  subset(indices: ArrayLike<number>): Dataset<S> {
    return new Subset(this, indices);
  }

  /** These samples and then those of others, which may be lists. */
  concat(...others: readonly (Samples<S> | readonly S[])[]): Dataset<S> {
    return new ConcatDataset([this, ...others]);
  }
}

class MappedDataset<S, T> extends Dataset<T> {
  readonly #samples: Samples<S>;
  readonly #fn: ((sample: Awaited<S>, i: number) => T) | undefined;

  constructor(samples: Samples<S>, fn?: (sample: Awaited<S>, i: number) => T) {
    super();
    [this.#samples, this.#fn] = [samples, fn];
  }

  override get length(): number {
    return this.#samples.length;
  }

  override get(i: number): T {
    const sample = this.#samples.get(i), fn = this.#fn;
    return (fn ? then(sample, (sample) => fn(sample as Awaited<S>, i)) : sample) as T;
  }
}

/**
 * The samples of another data set at positions, in their order, `torch.utils.data.Subset`. Positions from the end
 * and those that are not there are an {@link IndexError}.
 *
 * @category Data
 */
export class Subset<S> extends Dataset<S> {
  /** Whose samples they are. */
  readonly dataset: Samples<S>;
  /** Their positions there. */
  readonly indices: Int32Array;

  /** The samples of `dataset` at `indices`. */
  constructor(dataset: Samples<S> | readonly S[], indices: ArrayLike<number>) {
    super();
    this.dataset = toSamples("take a subset of", dataset);
    this.indices = checkIndices(indices, dataset.length);
  }

  /** How many samples. */
  override get length(): number {
    return this.indices.length;
  }

  /** Sample `i`; negative positions count from the end. */
  override get(i: number): S {
    return this.dataset.get(this.indices[positionIn(this, i)]);
  }
}

/**
 * Data sets one after another, lists of samples among them, `torch.utils.data.ConcatDataset`.
 *
 * @category Data
 */
export class ConcatDataset<S> extends Dataset<S> {
  /** The data sets. */
  readonly datasets: readonly Samples<S>[];

  /** Their samples, in this order. */
  constructor(datasets: readonly (Samples<S> | readonly S[])[]) {
    super();
    if (!Array.isArray(datasets)) {
      throw new TypeError(`Cannot concatenate ${described(datasets)}: pass a list of datasets`);
    }
    this.datasets = datasets.map((dataset) => toSamples("concatenate", dataset));
  }

  /** How many samples. */
  override get length(): number {
    return this.datasets.reduce((sum, { length }) => sum + length, 0);
  }

  /** Sample `i`; negative positions count from the end. */
  override get(i: number): S {
    let at = positionIn(this, i), dataset = 0;
    while (at >= this.datasets[dataset].length) at -= this.datasets[dataset++].length;
    return this.datasets[dataset].get(at);
  }
}

/** What has samples, of which a list is one. */
export function toSamples<S>(asked: string, data: Samples<S> | readonly S[]): Samples<S> {
  return isArray(data) ? listed(data) : samplesOf(asked, data);
}

const isArray: (value: unknown) => value is readonly unknown[] = Array.isArray;

function listed<S>(samples: readonly S[]): Samples<S> {
  const list = [...samples];
  return { length: list.length, get: (i: number) => list[positionIn(list, i)] };
}

function checkAnswer(answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  throw new TypeError(
    `Cannot filter a dataset by ${described(answer)}: true or false is needed of each sample`,
  );
}

/** Positions as integers; one that is not there is an {@link IndexError}. */
export function checkIndices(indices: ArrayLike<number>, length: number): Int32Array {
  if (!Number.isInteger(indices?.length)) {
    throw new TypeError(
      `Cannot take the subset ${described(indices)} of a dataset: a list of positions is needed`,
    );
  }
  const stray = Array.prototype.find.call(indices, (i) => !(Number.isInteger(i) && i >= 0 && i < length));
  if (stray === undefined && !Array.prototype.includes.call(indices, undefined)) {
    return Int32Array.from(indices);
  }
  throw new IndexError(
    `Cannot take sample ${described(stray)} of a dataset of ${length}: ` +
      `positions are integers from 0 to ${length - 1}`,
  );
}

/** A position from the front of one that may be counted from the end; one that is not there is an {@link IndexError}. */
export function positionIn({ length }: { readonly length: number }, i: number): number {
  const at = i < 0 ? i + length : i;
  if (Number.isInteger(at) && at >= 0 && at < length) return at;
  throw new IndexError(`Cannot take sample ${described(i)} of a dataset of ${length}`);
}

/** What has samples, or else a TypeError that says what was asked. */
function samplesOf<S>(asked: string, data: Samples<S>): Samples<S> {
  if (typeof data?.get === "function" && Number.isInteger(data.length) && data.length >= 0) return data;
  throw new TypeError(
    `Cannot ${asked} ${
      described(data)
    }: a Dataset is needed, or an object with a length and a function get(i)`,
  );
}
