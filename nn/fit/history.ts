/** What is known of a training, epoch by epoch. */
import { showAsText, vegaLiteBundle } from "@tapegrad/core";
import { historyChart, wholeOf } from "./chart.ts";
import { type EpochRecord, valueIn } from "./record.ts";

/**
 * Why a training ended before its last epoch.
 *
 * @category Training
 */
export interface Stop {
  /** Whether a callback asked for it or an `AbortSignal`. */
  readonly by: "callback" | "signal";
  /** In words. */
  readonly reason: string;
  /** The epoch, from 1. */
  readonly epoch: number;
  /** After how many batches of that. */
  readonly batch: number;
}

/**
 * What {@link History.toJSON} gives.
 *
 * @category Training
 */
export interface HistoryData {
  /** The epochs that were gone through whole. */
  readonly epochs: readonly EpochRecord[];
  /** Why it ended early, `null` where it did not. */
  readonly stopped: Stop | null;
}

/**
 * What {@link fit} gives: a record of each whole epoch.
 *
 * @category Training
 * @example
 * ```ts
 * import { History } from "@tapegrad/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const history = new History();
 * const record = { metrics: { accuracy: 0.5 }, learningRate: 0.1, seconds: 2 };
 * for (const [i, loss] of [3, 2].entries()) history.add({ epoch: i + 1, loss, ...record });
 * assertEquals(history.values("loss"), [3, 2]);
 * assertEquals(history.values("accuracy"), [0.5, 0.5]);
 * assertEquals(history.toVegaLite().$schema, "https://vega.github.io/schema/vega-lite/v6.json");
 * ```
 */
export class History implements HistoryData {
  readonly #epochs: EpochRecord[] = [];
  /** Why it ended early, `null` where it did not. */
  stopped: Stop | null = null;

  /** Of no epochs yet. */
  constructor() {
    showAsText(this, () => vegaLiteBundle(this.toVegaLite()));
  }

  /** The epochs that were gone through whole. */
  get epochs(): readonly EpochRecord[] {
    return this.#epochs;
  }

  /** Adds the record of an epoch. */
  add(record: EpochRecord): void {
    this.#epochs.push(record);
  }

  /** The values of an epoch's record or of a metric, epoch by epoch. */
  values(name: string): number[] {
    return this.#epochs.map((record) => valueIn(record, name) ?? NaN);
  }

  /** A chart of losses and metrics by epoch, as a specification of Vega-Lite. */
  toVegaLite(): Readonly<Record<string, unknown>> {
    return historyChart(this.#epochs);
  }

  /** How many epochs there were, what they came to, and why they ended early. */
  toString(): string {
    return wholeOf(this.#epochs) + (this.stopped ? `; stopped: ${this.stopped.reason}` : "");
  }

  /** For `JSON.stringify`. */
  toJSON(): HistoryData {
    return { epochs: [...this.#epochs], stopped: this.stopped };
  }
}
