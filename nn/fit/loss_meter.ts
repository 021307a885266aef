/** The losses of an epoch: their mean, and the first that is not a number to go on with. */
import { keep, read, type Tensor } from "@tapegrad/core";

/** A loss that was not read yet, and of what. */
interface Pending {
  readonly loss: Tensor;
  readonly size: number;
  readonly batch: number;
}

/** What is known of an epoch's losses. */
export interface LossSum {
  /** The losses, each as often as its batch had samples. */
  readonly sum: number;
  /** How many samples. */
  readonly count: number;
}

/** What is done about the loss of a batch that is not finite. */
export type OnNonFinite = (loss: number, batch: number) => void;

/** Milliseconds between reads, and how many losses wait at most. */
const APART = 500;
const MOST = 256;

/** Adds up losses, which are read at once where that takes no waiting and else many together. */
export class LossMeter {
  readonly #onNonFinite: OnNonFinite;
  #pending: Pending[] = [];
  #readAt = performance.now();
  #sum = 0;
  #count = 0;
  /** The loss that was read last. */
  last = NaN;

  constructor(onNonFinite: OnNonFinite, { sum, count }: LossSum = { sum: 0, count: 0 }) {
    this.#onNonFinite = onNonFinite;
    [this.#sum, this.#count] = [sum, count];
  }

  /** Takes in the mean loss of a batch, a scalar off the tape. A loss that is read at once is refused at once. */
  add(loss: Tensor, size: number, batch: number): void {
    if (loss.backend.synchronous) return this.#take(loss.itemSync(), size, batch);
    this.#pending.push({ loss: keep(loss), size, batch });
  }

  /** Whether losses wait that should be read now. */
  get isDue(): boolean {
    const { length } = this.#pending;
    return length >= MOST || (length > 0 && performance.now() - this.#readAt > APART);
  }

  /** How many losses wait. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** Reads what waits, in one round trip. */
  async settle(): Promise<void> {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    const values = await read(pending.map(({ loss }) => loss));
    pending.forEach(({ loss }) => loss.dispose());
    this.#readAt = performance.now();
    pending.forEach(({ size, batch }, i) => this.#take(Number(values[i][0]), size, batch));
  }

  #take(value: number, size: number, batch: number): void {
    this.last = value;
    if (!Number.isFinite(value)) this.#onNonFinite(value, batch);
    this.#sum += value * size;
    this.#count += size;
  }

  /** The sum of those that were read. */
  get total(): LossSum {
    return { sum: this.#sum, count: this.#count };
  }

  /** The mean over all samples that were read; NaN of none. */
  get mean(): number {
    return this.#sum / this.#count;
  }

  /** Forgets what waits and frees its memory. */
  dispose(): void {
    this.#pending.forEach(({ loss }) => loss.dispose());
    this.#pending = [];
  }
}
