/** How far an epoch is. */
import type { WithinEpoch } from "./checkpoint/fit_state.ts";
import { LossMeter, type OnNonFinite } from "./loss_meter.ts";

/** Milliseconds in a second. */
const SECOND = 1000;

/** Counts what an epoch went through, from its beginning or from where a checkpoint was. */
export class EpochCourse {
  /** How many batches are done, and of how many samples. */
  batch: number;
  samples: number;
  /** The learning rate of the last step. */
  learningRate: number;
  /** The losses. */
  readonly meter: LossMeter;
  /** The metrics, once all batches were trained on. */
  trained: Readonly<Record<string, number>> | null;
  readonly #begun: number;

  /** Begins at `rate`, or goes on. */
  constructor(onNonFinite: OnNonFinite, rate: number, before: WithinEpoch | null = null) {
    const { batch = 0, samples = 0, seconds = 0, learningRate = rate, loss, trained = null } = before ?? {};
    [this.batch, this.samples, this.learningRate, this.trained] = [batch, samples, learningRate, trained];
    this.meter = new LossMeter(onNonFinite, loss);
    this.#begun = performance.now() - seconds * SECOND;
  }

  /** How long it has taken so far. */
  get seconds(): number {
    return (performance.now() - this.#begun) / SECOND;
  }

  /** All of it as data, once no loss waits to be read. */
  toData(): WithinEpoch {
    const { batch, samples, seconds, learningRate, trained, meter } = this;
    return { batch, samples, seconds, loss: meter.total, learningRate, trained };
  }
}
