/** What each batch of an epoch is of. */
import { type Backend, keep, type Key, narrow, scope, Tensor, tensor } from "@tapegrad/core";
import { hostList } from "./batch_sampler.ts";
import { checkIndices } from "./dataset.ts";
import { type BatchSamplerLike, orderOf, type Sampler } from "./sampler.ts";

/** A stretch of positions. */
interface Stretch {
  readonly start: number;
  readonly count: number;
}

/** The positions of a batch: a stretch, or as they are listed here or on the device. */
export type Positions = Stretch | Tensor | readonly number[];

/** The batches of an epoch, until it is disposed. */
export interface Plan {
  /** The positions of batch `i`. */
  batch(i: number): Positions;
  /** Releases what it holds. */
  dispose(): void;
}

const nothing = (): void => {};

function stretches(length: number, batchSize: number): (i: number) => Stretch {
  return (i) => ({ start: i * batchSize, count: Math.min(batchSize, length - i * batchSize) });
}

/** Of samples in order. */
export function planInOrder(length: number, batchSize: number): Plan {
  return { batch: stretches(length, batchSize), dispose: nothing };
}

/** The samples that positions are of, and the backend where these are needed, `null` for the host. */
export interface Source {
  readonly samples: { readonly length: number };
  readonly backend: Backend | null;
}

/** Of samples as a sampler gives them. */
export function planBySampler(sampler: Sampler, batchSize: number, key: Key, source: Source): Plan {
  const stretch = stretches(sampler.length, batchSize), { samples, backend } = source;
  if (backend === null) {
    const order = checkIndices(scope(() => hostList(orderOf(sampler, key))), samples.length);
    return { batch: (i) => [...order.subarray(i * batchSize, (i + 1) * batchSize)], dispose: nothing };
  }
  // Kept, since a scope may end between two batches.
  const order = scope(() => {
    const order = orderOf(sampler, key, backend);
    return keep(order instanceof Tensor ? order : tensor(checkIndices(order, samples.length), { backend }));
  });
  const batch = (i: number) => narrow(order, 0, stretch(i).start, stretch(i).count);
  return { batch, dispose: () => order.dispose() };
}

/** Of batches as a sampler gives them. */
export function planByBatches(sampler: BatchSamplerLike, key: Key, { samples }: Source): Plan {
  const batches: (readonly number[])[] = [];
  for (const batch of sampler.batches(key)) {
    if (batches.length === sampler.length) break;
    batches.push([...checkIndices(batch, samples.length)]);
  }
  if (batches.length === sampler.length) return { batch: (i) => batches[i], dispose: nothing };
  throw new RangeError(
    `Cannot take ${batches.length} batches by a batch sampler whose length is ${sampler.length}`,
  );
}
