/** A training by many processes, each of which fits on its own batches. */
import { described } from "@tapegrad/core";
import type { CheckpointPlace } from "./checkpoint/places.ts";
import type { Evaluation } from "./evaluate.ts";

/**
 * What {@link fit} asks of processes that train one model together: what `connect()` of `@tapegrad/distributed` gives.
 * All of them call each of its methods, in one order.
 *
 * @category Training
 */
export interface FitRanks {
  /** Whether this process is the first, which tells how it goes and writes checkpoints for all. */
  readonly isFirst: boolean;
  /** Numbers summed over all processes, in their order. */
  sum(numbers: readonly number[]): readonly number[];
  /** Calls `fn` on the first alone, while all others wait; an error there is one on all. */
  first<T>(fn: () => T | Promise<T>): Promise<T | undefined>;
  /** The bytes of the first on all, or `null` where it has none. */
  share(bytes: Uint8Array | null): Promise<Uint8Array | null>;
}

const methods = ["sum", "first", "share"] as const;

/** Refuses what is no such thing. */
export function checkRanks(ranks: FitRanks | undefined): void {
  if (ranks === undefined) return;
  if (typeof ranks?.isFirst === "boolean" && methods.every((name) => typeof ranks[name] === "function")) {
    return;
  }
  throw new TypeError(
    `Cannot fit with ranks that are ${described(ranks)}: pass what connect() of @tapegrad/distributed gives`,
  );
}

/** What processes do together, or one alone. */
export class Together {
  readonly #ranks: FitRanks | undefined;

  constructor(ranks: FitRanks | undefined) {
    this.#ranks = ranks;
  }

  /** Whether there is nobody else to wait for. */
  get isAlone(): boolean {
    return this.#ranks === undefined;
  }

  /** Whether it is so on any of them. */
  any(isSo: boolean): boolean {
    return this.#ranks ? this.#ranks.sum([Number(isSo)])[0] > 0 : isSo;
  }

  /** The mean of what each found, weighted by its samples. */
  mean({ loss, metrics }: Evaluation, samples: number): Evaluation {
    if (!this.#ranks) return { loss, metrics };
    const names = Object.keys(metrics), own = [loss, ...names.map((name) => metrics[name])];
    const [total, ...sums] = this.#ranks.sum([samples, ...own.map((value) => value * samples)]);
    const [mean, ...others] = sums.map((sum) => sum / total);
    return { loss: mean, metrics: Object.fromEntries(names.map((name, i) => [name, others[i]])) };
  }

  /** A place for checkpoints that the first alone looks at. */
  place(place: CheckpointPlace): CheckpointPlace {
    const ranks = this.#ranks;
    if (!ranks) return place;
    return {
      name: place.name,
      check: async () => void await ranks.first(() => place.check?.()),
      read: async () => await ranks.share(await ranks.first(() => place.read()) ?? null),
      write: async (bytes, batches) => void await ranks.first(() => place.write(bytes, batches)),
    };
  }
}
