/** The sampler of batches. */
import { checkOptions, type Key, scope, Tensor } from "@tapegrad/core";
import {
  batchCount,
  type BatchSamplerLike,
  checkBatchSize,
  checkSampler,
  orderOf,
  type Sampler,
} from "./sampler.ts";

/**
 * What {@link BatchSampler} may be told.
 *
 * @category Data
 */
export interface BatchSamplerOptions {
  /** Whether a last batch that is not full is left out; it is not unless said. */
  readonly dropLast?: boolean;
}

/**
 * The samples of a sampler in batches, `torch.utils.data.BatchSampler`. Any object with a length and a function
 * `batches` serves as one, to have samples of a kind together.
 *
 * @category Data
 * @example
 * ```ts
 * import { arange } from "@tapegrad/core";
 * import { BatchSampler, DataLoader, SequentialSampler, TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new TensorDataset(arange(5));
 * const inOrder = new BatchSampler(new SequentialSampler(data), 2), bySize = { length: 2, batches: () => [[0, 4], [3]] };
 * const shapes = [inOrder, bySize].map((batchSampler) =>
 *   [...new DataLoader(data, { batchSampler })].map(([x]) => x.arraySync())
 * );
 * assertEquals(shapes, [[[0, 1], [2, 3], [4]], [[0, 4], [3]]]);
 * ```
 */
export class BatchSampler implements BatchSamplerLike {
  /** What the batches are of. */
  readonly sampler: Sampler;
  /** Samples in a full batch. */
  readonly batchSize: number;
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean;

  /** Batches of so many samples. */
  constructor(sampler: Sampler, batchSize: number, options: BatchSamplerOptions = {}) {
    checkSampler(sampler, "order");
    checkBatchSize(batchSize);
    checkOptions("sample batches", options, { dropLast: false });
    [this.sampler, this.batchSize, this.dropLast] = [sampler, batchSize, options.dropLast ?? false];
  }

  /** That of its sampler. */
  get kind(): string {
    return this.sampler.kind ?? "custom";
  }

  /** How many batches there are. */
  get length(): number {
    return batchCount(this.sampler.length, this.batchSize, this.dropLast);
  }

  /** The positions in each batch. */
  *batches(key: Key): Generator<number[], void, undefined> {
    const order = scope(() => hostList(orderOf(this.sampler, key)));
    for (let i = 0; i < this.length; i++) {
      yield order.slice(i * this.batchSize, (i + 1) * this.batchSize);
    }
  }
}

/** Positions as a list on the host. */
export function hostList(order: Tensor | ArrayLike<number>): number[] {
  return Array.from(order instanceof Tensor ? order.dataSync() as ArrayLike<number> : order);
}
