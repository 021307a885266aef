/** What every metric is, and what its predictions and targets must be. */
import {
  argmax,
  described,
  isFloating,
  type MimeBundle,
  sameShape,
  showInNotebook,
  Tensor,
} from "@tapegrad/core";
import { checkIndices, classAxis } from "../losses/class_targets.ts";
import { checkTensors, misfit } from "../losses/options.ts";
import { Total } from "./total.ts";

/**
 * How good predictions are, over all batches since it was made or reset. What is counted stays on the device,
 * outside of scopes and without gradients, and is read once, by {@link compute}; {@link reset} frees it.
 *
 * @category Metrics
 * @example
 * ```ts
 * import { scope, tensor } from "@tapegrad/core";
 * import { MeanAbsoluteError, type Metric } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const metric: Metric = new MeanAbsoluteError();
 * for (const batch of [[1, 2], [3, 6]]) scope(() => metric.update(tensor(batch), tensor([0, 0])));
 * assertEquals(await metric.compute(), 3);
 * metric.reset();
 * ```
 */
export abstract class Metric {
  readonly #total = new Total();
  #count = 0;

  /** Of no samples yet. */
  constructor() {
    const name = this.constructor.name;
    showInNotebook(
      this,
      () => this.display().catch((error) => ({ "text/plain": `${name}: ${reasonOf(error)}` })),
    );
  }

  /** Takes a batch in. What does not fit is an error, never broadcast, and leaves the metric as it was. */
  abstract update(predictions: Tensor, targets: Tensor): void;

  /** The value over all samples so far; of none it is a `RangeError`. */
  abstract compute(): Promise<number>;

  /** Forgets all samples and frees the memory that they took. */
  reset(): void {
    this.#total.reset();
    this.#count = 0;
  }

  /** What notebooks show of it. */
  protected async display(): Promise<MimeBundle> {
    return { "text/plain": `${this.constructor.name}: ${await this.compute()}` };
  }

  /** What it holds: tensors, in use and no copies, and what JSON holds. */
  stateDict(): unknown {
    return { count: this.#count, sums: this.#total.tensors };
  }

  /** Goes on where another one of its kind stood; tensors are copied. */
  loadStateDict(state: unknown): void {
    const { count, sums } = Object(state);
    if (typeof count !== "number" || !areTensors(sums)) throw noState(this, state);
    this.#total.restore(sums);
    this.#count = count;
  }

  /** Adds the sums of a batch of `count` samples to those so far. */
  protected accumulate(count: number, sums: () => Tensor): void {
    this.#total.add(sums);
    this.#count += count;
  }

  /** The sums so far and of how many samples they are, read from the device. */
  protected async total(): Promise<{ readonly sums: readonly number[]; readonly count: number }> {
    const count = this.#count;
    if (count === 0) throw noSamples(this);
    return { sums: (await this.#total.read())!, count };
  }
}

/** Why there is no value, where that is because of the samples. */
function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  throw error;
}

/** Whether it is a list of tensors. */
export function areTensors(list: unknown): list is readonly Tensor[] {
  return Array.isArray(list) && list.every((each) => each instanceof Tensor);
}

/** The error of a state that is none of a metric. */
export function noState(metric: Metric, state: unknown): TypeError {
  return new TypeError(
    `Cannot load ${described(state)} into ${metric.constructor.name}: what its stateDict() gave is needed`,
  );
}

/** The error of a metric of nothing. */
export function noSamples(metric: Metric): RangeError {
  return new RangeError(
    `Cannot compute ${metric.constructor.name} of no samples: pass them to update() first`,
  );
}

const THRESHOLD = 'become classes by a threshold, as in p.greater(0.5).to("i32")';

/** Refuses predictions that are not scores with classes along axis 1 for targets that are class indices. */
export function checkScores(name: string, predictions: Tensor, targets: Tensor): void {
  checkTensors(name, [predictions, targets]);
  checkIndices(name, targets);
  const { shape } = predictions;
  if (shape.length > 0 && sameShape(shape.toSpliced(classAxis(predictions), 1), targets.shape)) return;
  const mend = sameShape(shape, targets.shape)
    ? `scores of two classes ${THRESHOLD}`
    : "scores have the targets' shape with an axis of classes after the first";
  throw misfit(name, [predictions, targets], mend);
}

/** The classes that are predicted, told by integers in the shape of the targets or by scores along axis 1. */
export function predictedClasses(name: string, predictions: Tensor, targets: Tensor): () => Tensor {
  checkTensors(name, [predictions, targets]);
  if (isFloating(predictions.dtype)) {
    checkScores(name, predictions, targets);
    if (predictions.shape[classAxis(predictions)] === 1) {
      throw misfit(name, [predictions, targets], `the scores of one class ${THRESHOLD}`);
    }
    return () => argmax(predictions, classAxis(predictions));
  }
  checkIndices(name, targets);
  checkIndices(name, predictions);
  if (sameShape(predictions.shape, targets.shape)) return () => predictions;
  throw misfit(name, [predictions, targets], "predicted classes have the shape of the targets");
}
