/** Where in its epochs a loader is, as data. */
import { described, type KeyWords } from "@tapegrad/core";

/**
 * What tells loaders apart that give other batches.
 *
 * @category Data
 */
export interface LoaderKind {
  /** Samples of the data, `null` where nobody knows. */
  readonly length: number | null;
  /** Samples in a full batch. */
  readonly batchSize: number;
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean;
  /** How the samples of an epoch are chosen, as "random", "sequential" or, one after another, "iterable". */
  readonly sampler: string;
  /** How many batches an epoch has, `null` where nobody knows. */
  readonly batches: number | null;
}

/**
 * Where a {@link DataLoader} is, and of what kind it is: plain data, for JSON.
 *
 * @category Data
 */
export interface DataLoaderState extends LoaderKind {
  /** The epoch, from 0. */
  readonly epoch: number;
  /** How many of its batches have been given. */
  readonly batch: number;
  /** The words that the order of this epoch is drawn with; null where the order is always the same. */
  readonly key: readonly [number, number] | null;
}

/** A place in an epoch. */
export interface Place {
  /** The epoch, from 0. */
  readonly epoch: number;
  /** How many of its batches have been given. */
  readonly batch: number;
  /** Where the sequence of keys was when the epoch began. */
  readonly key: KeyWords | null;
}

/** The place that a state tells of; one that is no state, or a loader's of another kind, is an error that says why. */
export function placeOf(state: unknown, kind: LoaderKind, isRandom: boolean): Place {
  if (typeof state !== "object" || state === null) {
    throw new TypeError(
      `Cannot load ${described(state)} into a DataLoader: what its stateDict() gave is needed`,
    );
  }
  const { epoch, batch, key, ...theirs } = state as Partial<DataLoaderState>;
  checkKind(theirs, kind);
  checkCount("epoch", epoch, Number.MAX_SAFE_INTEGER);
  checkCount("batch", batch, kind.batches ?? Number.MAX_SAFE_INTEGER);
  return { epoch, batch, key: isRandom ? wordsOf(key) : null };
}

function checkKind(theirs: Partial<LoaderKind>, ours: LoaderKind): void {
  const differing = (Object.keys(ours) as (keyof LoaderKind)[]).filter((name) => theirs[name] !== ours[name]);
  if (differing.length === 0) return;
  // What else differs tells why there are more batches or fewer.
  const causes = differing.length > 1 ? differing.filter((name) => name !== "batches") : differing;
  const found = causes.map((name) =>
    `${name} is ${described(ours[name])} here and ${described(theirs[name])} there`
  );
  throw new RangeError(
    `Cannot load the state of another DataLoader: ${found.join(", ")}; make the loader as it was`,
  );
}

function checkCount(name: string, value: unknown, most: number): asserts value is number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return;
  const upTo = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
  throw new RangeError(
    `Cannot load a DataLoader at ${name} ${described(value)}: it must be an integer from 0${upTo}`,
  );
}

function wordsOf(key: unknown): KeyWords {
  const isWord = (word: unknown): boolean => (word as number) >>> 0 === word;
  if (Array.isArray(key) && key.length === 2 && key.every(isWord)) return { high: key[0], low: key[1] };
  throw new TypeError(
    `Cannot load a DataLoader with the key ${described(key)}: two words of 32 bits are needed`,
  );
}
