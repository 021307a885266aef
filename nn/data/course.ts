/** What a loader is told, and the course of its epochs that follows. */
import { checkFunction, checkOptions, described, type Key, type Tensor } from "@tapegrad/core";
import { type Collated, defaultCollate } from "./collate.ts";
import type { Samples } from "./dataset.ts";
import { Drawing, isIterable, type IterableSamples, type Pace } from "./iterables.ts";
import { type Reading, readingInTurn, readingOf, recipeOf } from "./loading.ts";
import { type Plan, planByBatches, planBySampler, planInOrder, type Source } from "./plan.ts";
import { batchCount, type BatchSamplerLike, checkBatchSize, checkSampler, type Sampler } from "./sampler.ts";
import { RandomSampler, SequentialSampler } from "./samplers.ts";
import { TensorDataset } from "./tensor_dataset.ts";

/**
 * What {@link DataLoader} may be told.
 *
 * @category Data
 */
export interface DataLoaderOptions<S = Tensor[], B = Collated<Awaited<S>>> {
  /** Samples in a batch; 1 unless said. */
  readonly batchSize?: number;
  /** Whether each epoch takes the samples in a new random order; it does not unless said. */
  readonly shuffle?: boolean;
  /** Where the orders come from; a key of the global sequence unless said. */
  readonly key?: Key;
  /** Whether a last batch that is not full is left out; it is not unless said. */
  readonly dropLast?: boolean;
  /** What chooses the samples of an epoch, instead of `shuffle`. */
  readonly sampler?: Sampler;
  /** What chooses the batches of an epoch, instead of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  readonly batchSampler?: BatchSamplerLike;
  /** Makes a batch of samples; {@link defaultCollate} unless said. */
  readonly collate?: (samples: Awaited<S>[]) => B;
  /** How many batches `for await` fetches ahead; none unless said. */
  readonly prefetch?: number;
  /** Whether a batch is released when the next is asked for; it is not unless said. */
  readonly release?: boolean;
}

/** How samples are chosen, and batches of them. */
interface Planned {
  /** How samples are chosen. */
  readonly kind: string;
  /** Whether epochs take a key. */
  readonly isRandom: boolean;
  /** How many batches there are. */
  length(): number;
  /** The batches of an epoch, by its key if they take one. */
  plan(key: Key | null): Plan;
}

/** How the epochs of a loader go. */
export interface Course {
  /** How many samples there are, `null` where nobody knows. */
  readonly samples: number | null;
  /** Samples in a full batch; 0 where a batch sampler knows. */
  readonly batchSize: number;
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean;
  /** How samples are chosen. */
  readonly kind: string;
  /** Whether epochs take a key. */
  readonly isRandom: boolean;
  /** How many batches there are, `null` where nobody knows. */
  length(): number | null;
  /** Begins to read an epoch, by its key if it takes one. */
  open(key: Key | null, way: Pick<Pace, "from" | "waits">): Reading;
}

const known = {
  batchSize: 1,
  shuffle: false,
  dropLast: false,
  key: null,
  sampler: null,
  batchSampler: null,
  collate: null,
  prefetch: 0,
  release: false,
};

/** The course of these samples by these options, which are checked. */
export function courseOf<S, B>(
  data: Samples<S> | IterableSamples<S>,
  options: DataLoaderOptions<S, B>,
): Course {
  checkLoading(options);
  if (isIterable(data)) return inTurn(data, options);
  const { batchSize = 1, dropLast = false, batchSampler, collate } = options;
  checkChoice(options, batchSampler ? "batchSampler" : "sampler");
  const isRows = data instanceof TensorDataset && !collate, recipe = recipeOf(data, collate);
  const source = { samples: data, backend: isRows ? data.tensors[0].backend : null };
  const planned = batchSampler ? byBatches(source, batchSampler) : bySamples(source, options);
  return {
    samples: data.length,
    ...batchSampler ? { batchSize: 0, dropLast: false } : { batchSize, dropLast },
    ...planned,
    open: (key) => readingOf(planned.plan(key), recipe),
  };
}

/** What comes one after another has the order that it has. */
function inTurn<S, B>(data: IterableSamples<S>, options: DataLoaderOptions<S, B>): Course {
  const stray = (["shuffle", "sampler", "batchSampler"] as const).find((name) => options[name]);
  if (stray) {
    throw new TypeError(
      `Cannot load samples that come one after another by ${stray}: leave it out, ` +
        "or load a list of them, as await Array.fromAsync(samples)",
    );
  }
  const { batchSize = 1, dropLast = false, collate = defaultCollate } = options;
  return {
    samples: null,
    batchSize,
    dropLast,
    kind: "iterable",
    isRandom: false,
    length: () => null,
    open: (_, way) => readingInTurn(new Drawing(data, { batchSize, dropLast, ...way }), collate),
  };
}

function checkLoading<S, B>(options: DataLoaderOptions<S, B>): void {
  checkOptions("load data", options, known);
  const { batchSize = 1, collate, prefetch = 0 } = options;
  checkBatchSize(batchSize);
  if (collate !== undefined) checkFunction("make batches by", collate);
  if (!(Number.isInteger(prefetch) && prefetch >= 0)) {
    throw new RangeError(`Cannot fetch ${described(prefetch)} batches ahead: an integer from 0 is needed`);
  }
}

const others = {
  sampler: ["shuffle"],
  batchSampler: ["batchSize", "shuffle", "sampler", "dropLast"],
} as const;

function checkChoice<S, B>(options: DataLoaderOptions<S, B>, name: keyof typeof others): void {
  if (options[name] === undefined) return;
  const other = others[name].find((other) => options[other]);
  if (other) throw new TypeError(`Cannot load data by ${name} and ${other}: ${name} decides that`);
}

function byBatches(source: Source, sampler: BatchSamplerLike): Planned {
  checkSampler(sampler, "batches");
  return {
    kind: sampler.kind ?? "custom",
    isRandom: true,
    length: () => sampler.length,
    plan: (key) => planByBatches(sampler, key!, source),
  };
}

function bySamples<S, B>(
  source: Source,
  { batchSize = 1, dropLast = false, shuffle = false, sampler }: DataLoaderOptions<S, B>,
): Planned {
  if (sampler) checkSampler(sampler, "order");
  const count = () => (sampler ?? source.samples).length;
  const length = () => batchCount(count(), batchSize, dropLast);
  if (!shuffle && (!sampler || sampler instanceof SequentialSampler)) {
    return { kind: "sequential", isRandom: false, length, plan: () => planInOrder(count(), batchSize) };
  }
  const kind = sampler ? sampler.kind ?? "custom" : "random";
  const plan = (key: Key | null) =>
    planBySampler(sampler ?? new RandomSampler(source.samples), batchSize, key!, source);
  return { kind, isRandom: true, length, plan };
}
