/** How far predictions are off. */
import { abs, add, keep, mean, noGrad, scope, square, stack, sub, sum, type Tensor } from "@tapegrad/core";
import { checkAlike, misfit } from "../losses/options.ts";
import { areTensors, Metric, noState } from "./metric.ts";
import { widest } from "./total.ts";

/**
 * The mean over all elements of what an error costs.
 *
 * @category Metrics
 */
export abstract class MeanError extends Metric {
  /** What errors cost, elementwise. */
  protected abstract cost(error: Tensor): Tensor;

  /** Takes a batch in. */
  override update(predictions: Tensor, targets: Tensor): void {
    checkAlike(this.constructor.name, [predictions, targets], {});
    this.accumulate(targets.size, () => sum(this.cost(sub(widest(predictions), widest(targets)))));
  }

  /** The value over all samples so far. */
  override async compute(): Promise<number> {
    const { sums, count } = await this.total();
    return sums[0] / count;
  }
}

/**
 * The mean of |prediction - target| over all elements, of tensors of one shape: `sklearn.metrics.mean_absolute_error`.
 *
 * @category Metrics
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { MeanAbsoluteError, MeanSquaredError, R2 } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const metrics = [new MeanAbsoluteError(), new MeanSquaredError(), new R2()];
 * for (const metric of metrics) metric.update(tensor([1, 2, 5]), tensor([1, 3, 5]));
 * assertEquals(await Promise.all(metrics.map((metric) => metric.compute())), [1 / 3, 1 / 3, 0.875]);
 * ```
 */
export class MeanAbsoluteError extends MeanError {
  /** What errors cost, elementwise. */
  protected override cost(error: Tensor): Tensor {
    return abs(error);
  }
}

/**
 * The mean of (prediction - target)² over all elements, of tensors of one shape: `sklearn.metrics.mean_squared_error`.
 *
 * @category Metrics
 */
export class MeanSquaredError extends MeanError {
  /** What errors cost, elementwise. */
  protected override cost(error: Tensor): Tensor {
    return square(error);
  }
}

/**
 * The part of the variance of the targets that predictions explain, of tensors of one shape; of further axes the mean
 * over all outputs. Where targets do not vary it is 1 if they are met, else 0. Of one sample it is NaN.
 * `sklearn.metrics.r2_score`.
 *
 * @category Metrics
 */
export class R2 extends Metric {
  // Sums of squares are taken around the mean of the first batch: around 0 they would cancel.
  #center: Tensor | null = null;
  #outputs: readonly number[] | null = null;

  /** Takes a batch in. */
  override update(predictions: Tensor, targets: Tensor): void {
    checkAlike("R2", [predictions, targets], {});
    if (targets.rank === 0) throw misfit("R2", [predictions, targets], "an axis of samples is needed");
    const outputs = targets.shape.slice(1);
    if (this.#outputs !== null && `${this.#outputs}` !== `${outputs}`) {
      throw misfit("R2", [predictions, targets], `outputs were [${this.#outputs.join(", ")}] before`);
    }
    if (targets.shape[0] === 0) return;
    this.#outputs = outputs;
    this.#center ??= keep(scope(() => noGrad(() => mean(widest(targets), 0))));
    const center = this.#center;
    this.accumulate(targets.shape[0], () => {
      const y = widest(targets), off = sub(y, center), error = sub(widest(predictions), y);
      return stack([sum(off, 0), sum(square(off), 0), sum(square(error), 0)]);
    });
  }

  /** The value over all samples so far. */
  override async compute(): Promise<number> {
    const { sums, count } = await this.total(), outputs = sums.length / 3;
    if (count < 2) return NaN;
    let all = 0;
    for (let i = 0; i < outputs; i++) {
      const [off, squares, errors] = [0, 1, 2].map((row) => sums[row * outputs + i]);
      all += explained(errors, squares - off * off / count);
    }
    return all / outputs;
  }

  /** What it holds: tensors, in use and no copies, and what JSON holds. */
  override stateDict(): unknown {
    return { ...Object(super.stateDict()), center: this.#center === null ? [] : [this.#center] };
  }

  /** Goes on where another one of its kind stood; tensors are copied. */
  override loadStateDict(state: unknown): void {
    const { center } = Object(state);
    if (!areTensors(center)) throw noState(this, state);
    super.loadStateDict(state);
    const [copy] = keep(scope(() => noGrad(() => center.map((each) => add(each, 0)))));
    this.#center?.dispose();
    [this.#center, this.#outputs] = [copy ?? null, copy?.shape ?? null];
  }

  /** Forgets all samples and frees the memory that they took. */
  override reset(): void {
    super.reset();
    this.#center?.dispose();
    [this.#center, this.#outputs] = [null, null];
  }
}

// A variation of nothing, up to rounding, is below 0 at times.
function explained(errors: number, variation: number): number {
  if (variation <= 0) return errors === 0 ? 1 : 0;
  return 1 - errors / variation;
}
