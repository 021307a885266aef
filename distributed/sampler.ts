/** The samples of a rank, and its seeds. */
import {
  backendNamed,
  checkOptions,
  currentBackend,
  type Key,
  key,
  permutation,
  setRandomState,
  splitKey,
  Tensor,
} from "@tapegrad/core";
import type { Sampler } from "@tapegrad/nn";
import { broadcastHere } from "./collectives/linear.ts";
import { type Job, jobFor } from "./job.ts";

/**
 * What {@link DistributedSampler} may be told.
 *
 * @category Many processes
 */
export interface DistributedSamplerOptions {
  /** Whether samples are in random order, another in each epoch; they are unless said. */
  readonly shuffle?: boolean;
  /** Whether samples are left out at the end where ranks do not divide them; else some are taken twice. */
  readonly dropLast?: boolean;
}

/**
 * The samples of an epoch that are this rank's: every N-th of one order that all ranks have, which comes from the
 * loader's key on rank 0, so that no seed need be the same. `torch.utils.data.DistributedSampler`.
 *
 * Ranks have as many samples each. The i-th batches of B/N samples of N ranks are together the i-th batch of B samples of
 * one.
 *
 * @category Many processes
 * @example Alone, or under mpirun -n 4
 * ```ts ignore the environment is read, and examples have no permission
 * import { connect, DistributedSampler } from "@tapegrad/distributed";
 * import { arange, key } from "@tapegrad/core";
 * import { DataLoader, TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 *
 * const { size } = await connect(), data = new TensorDataset(arange(1000));
 * const loader = new DataLoader(data, { batchSize: 64 / size, sampler: new DistributedSampler(data), key: key(1) });
 * ```
 */
export class DistributedSampler implements Sampler {
  /** "distributed". */
  readonly kind = "distributed";
  /** How many samples an epoch of this rank takes. */
  readonly length: number;
  readonly #job: Job;
  readonly #count: number;
  readonly #shuffle: boolean;

  /** Of a data set, or of a number of samples. */
  constructor(source: number | { readonly length: number }, options: DistributedSamplerOptions = {}) {
    checkOptions("sample for many ranks", options, { shuffle: true, dropLast: false });
    const job = this.#job = jobFor("sample for many ranks");
    this.#count = typeof source === "object" && source !== null ? source.length : source;
    if (!Number.isInteger(this.#count) || this.#count < 0) {
      throw new RangeError(
        "Cannot sample for many ranks: a dataset, or the number of its samples, is needed",
      );
    }
    this.#shuffle = options.shuffle ?? true;
    this.length = (options.dropLast ? Math.floor : Math.ceil)(this.#count / job.size);
  }

  /** The positions of this rank, by the key of rank 0. */
  order(key: Key): number[] {
    const { rank, size } = this.#job, count = this.#count;
    const all = this.#shuffle ? orderOf(count, keyOfFirst(this.#job, key)) : null;
    return Array.from({ length: this.length }, (_, i) => {
      const at = (i * size + rank) % count;
      return all ? all[at] : at;
    });
  }
}

function orderOf(count: number, key: Key): Int32Array {
  const current = currentBackend(), backend = current.synchronous ? current : backendNamed("cpu");
  return permutation(count, { key, backend }).dataSync() as Int32Array;
}

function keyOfFirst(job: Job, given: Key): Key {
  const words = given instanceof Tensor
    ? Uint32Array.from(given.dataSync() as Uint32Array)
    : Uint32Array.of(given.high, given.low);
  broadcastHere(job, words, 0);
  return { high: words[0], low: words[1] };
}

/**
 * Seeds what this rank draws without a key (dropout, augmentation, noise) by a number and its rank: other numbers on
 * each, the same in each run with as many ranks. Parameters need no seed: those of rank 0 are for all.
 *
 * @category Many processes
 * @example
 * ```ts
 * import { seedByRank } from "@tapegrad/distributed";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => seedByRank(1), Error, "await connect() first");
 * ```
 */
export function seedByRank(seed: number): void {
  const { rank, size } = jobFor("seed by rank");
  setRandomState(splitKey(key(seed), size)[rank]);
}
