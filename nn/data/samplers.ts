/** Samplers by which all samples are as likely. */
import {
  type Backend,
  checkOptions,
  concat,
  described,
  IndexError,
  indexSelect,
  type Key,
  narrow,
  permutation,
  randint,
  splitKey,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { hostBackend } from "./host_order.ts";
import { checkCount, countOf, type Sampler, type Source } from "./sampler.ts";

/**
 * All samples in order, `torch.utils.data.SequentialSampler`.
 *
 * @category Data
 */
export class SequentialSampler implements Sampler {
  /** "sequential". */
  readonly kind = "sequential";
  /** How many samples there are. */
  readonly length: number;

  /** Of a data set, or of a number of samples. */
  constructor(source: Source) {
    this.length = countOf(source);
  }

  /** 0 … length - 1. */
  order(): number[] {
    return Array.from({ length: this.length }, (_, i) => i);
  }
}

/**
 * What {@link RandomSampler} may be told.
 *
 * @category Data
 */
export interface RandomSamplerOptions {
  /** Whether a sample can be taken again before all have been; it cannot unless said. */
  readonly replacement?: boolean;
  /** How many samples an epoch takes; as many as there are unless said. */
  readonly numSamples?: number;
}

/**
 * Samples in random order, `torch.utils.data.RandomSampler`.
 *
 * @category Data
 * @example
 * ```ts
 * import { arange, key } from "@tapegrad/core";
 * import { DataLoader, RandomSampler, TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new TensorDataset(arange(100)), sampler = new RandomSampler(data, { numSamples: 8 });
 * const loader = new DataLoader(data, { batchSize: 4, sampler, key: key(1) });
 * assertEquals([...loader].map(([x]) => x.shape), [[4], [4]]);
 * ```
 */
export class RandomSampler implements Sampler {
  /** "random", or that it is with replacement. */
  readonly kind: string;
  /** How many samples an epoch takes. */
  readonly length: number;
  readonly #count: number;
  readonly #replacement: boolean;

  /** Of a data set, or of a number of samples. */
  constructor(source: Source, options: RandomSamplerOptions = {}) {
    checkOptions("sample at random", options, { replacement: false, numSamples: 1 });
    this.#count = countOf(source, (options.numSamples ?? 0) > 0 ? 1 : 0);
    this.#replacement = options.replacement ?? false;
    this.length = options.numSamples ?? this.#count;
    checkCount("draw", this.length);
    this.kind = this.#replacement ? "random with replacement" : "random";
  }

  /** Positions by this key, i32 `[length]`. */
  order(key: Key, backend: Backend = hostBackend()): Tensor {
    const [count, length] = [this.#count, this.length];
    if (this.#replacement) return randint(0, count, { shape: [length], key, backend });
    if (length <= count) return narrow(permutation(count, { key, backend }), 0, 0, length);
    const keys = splitKey(key, Math.ceil(length / count));
    return narrow(concat(keys.map((key) => permutation(count, { key, backend }))), 0, 0, length);
  }
}

/**
 * The samples at positions, in random order, `torch.utils.data.SubsetRandomSampler`.
 *
 * @category Data
 */
export class SubsetRandomSampler implements Sampler {
  /** "subset". */
  readonly kind = "subset";
  /** The positions. */
  readonly indices: Int32Array;

  /** Of these positions. */
  constructor(indices: ArrayLike<number>) {
    countOf(indices);
    const list = Array.from(indices), stray = list.findIndex((i) => !(Number.isInteger(i) && i >= 0));
    if (stray >= 0) {
      throw new IndexError(`Cannot sample at ${described(list[stray])}: positions are integers from 0`);
    }
    this.indices = Int32Array.from(list);
  }

  /** How many there are. */
  get length(): number {
    return this.indices.length;
  }

  /** The positions by this key, i32 `[length]`. */
  order(key: Key, backend: Backend = hostBackend()): Tensor {
    return indexSelect(tensor(this.indices, { backend }), 0, permutation(this.length, { key, backend }));
  }
}
