/** How well scores tell a class from the rest, whatever the threshold. */
import { add, keep, noGrad, read, sameShape, scope, type Tensor } from "@tapegrad/core";
import { checkIndices } from "../losses/class_targets.ts";
import { checkTensors, misfit } from "../losses/options.ts";
import { areTensors, Metric, noSamples, noState } from "./metric.ts";

/**
 * The area under the receiver operating characteristic: how probable it is that a sample of a class has a higher
 * score for it than one of another, equal scores counting half. Scores are `[samples]` of class 1 against 0, or
 * `[samples, classes]`, of which it is the mean over classes, each against the rest; targets are class indices.
 * All scores are held until `reset()`. Where a class has no samples, or all, it is a `RangeError`, as is NaN.
 * `sklearn.metrics.roc_auc_score`, by `multi_class="ovr"`.
 *
 * @category Metrics
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { RocAuc } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const area = new RocAuc();
 * area.update(tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1], { dtype: "i32" }));
 * assertEquals(await area.compute(), 0.75);
 * area.reset();
 * ```
 */
export class RocAuc extends Metric {
  #batches: Tensor[] = [];
  #classes: number | null | undefined;

  /** Takes a batch in. */
  override update(predictions: Tensor, targets: Tensor): void {
    checkTensors("RocAuc", [predictions, targets]);
    checkIndices("RocAuc", targets);
    const { shape } = predictions, classes = shape.length === 2 ? shape[1] : null;
    if (classes === 1) {
      throw misfit("RocAuc", [predictions, targets], "scores of one class are [samples], reshape them");
    }
    if (targets.rank !== 1 || shape.length > 2 || !sameShape(shape.slice(0, 1), targets.shape)) {
      const mend = "scores are [samples] or [samples, classes], targets [samples]";
      throw misfit("RocAuc", [predictions, targets], mend);
    }
    if (this.#classes !== undefined && this.#classes !== classes) {
      const before = this.#classes === null ? "[samples]" : `[samples, ${this.#classes}]`;
      throw misfit("RocAuc", [predictions, targets], `scores were ${before} before`);
    }
    this.#classes = classes;
    this.#batches.push(...copies([predictions, targets]));
  }

  /** What it holds: tensors, in use and no copies, and what JSON holds. */
  override stateDict(): unknown {
    return { batches: this.#batches, classes: this.#classes ?? 0 };
  }

  /** Goes on where another one of its kind stood; tensors are copied. */
  override loadStateDict(state: unknown): void {
    const { batches, classes } = Object(state);
    if (typeof classes !== "number" || !areTensors(batches)) throw noState(this, state);
    this.reset();
    this.#batches = copies(batches);
    if (batches.length > 0) this.#classes = classes || null;
  }

  /** The value over all samples so far. */
  override async compute(): Promise<number> {
    const classes = this.#classes ?? null, values = await read(this.#batches);
    const scores = values.filter((_, i) => i % 2 === 0).flatMap((batch) => Array.from(batch, Number));
    const targets = values.filter((_, i) => i % 2 === 1).flatMap((batch) => Array.from(batch, Number));
    if (targets.length === 0) throw noSamples(this);
    checkValues(scores, targets, classes ?? 2);
    if (classes === null) return area(scores, targets.map((target) => target === 1), 1);
    let all = 0;
    for (let c = 0; c < classes; c++) {
      const own = targets.map((_, i) => scores[i * classes + c]);
      all += area(own, targets.map((target) => target === c), c);
    }
    return all / classes;
  }

  /** Forgets all samples and frees the memory that they took. */
  override reset(): void {
    for (const batch of this.#batches) batch.dispose();
    [this.#batches, this.#classes] = [[], undefined];
  }
}

/** Kept, and copied since what is passed may be changed or freed by others. */
function copies(tensors: readonly Tensor[]): Tensor[] {
  return keep(scope(() => noGrad(() => tensors.map((tensor) => add(tensor, 0)))));
}

function checkValues(scores: readonly number[], targets: readonly number[], classes: number): void {
  if (scores.some(Number.isNaN)) {
    throw new RangeError("Cannot compute RocAuc of scores that are NaN: mend the model");
  }
  const stray = targets.find((target) => target < 0 || target >= classes);
  if (stray === undefined) return;
  throw new RangeError(`Cannot compute RocAuc with a target of ${stray}: classes are 0 to ${classes - 1}`);
}

// By ranks, of which equal scores share the mean: Mann and Whitney (1947).
function area(scores: readonly number[], positive: readonly boolean[], name: number): number {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b] || 0);
  let ranks = 0, positives = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    let among = 0;
    while (end < order.length && scores[order[end]] === scores[order[start]]) {
      if (positive[order[end++]]) among++;
    }
    ranks += among * (start + end + 1) / 2;
    positives += among;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) {
    const found = positives === 0 ? "no sample" : "all samples";
    throw new RangeError(`Cannot compute RocAuc of class ${name} with ${found} of it: both kinds are needed`);
  }
  return (ranks - positives * (positives + 1) / 2) / (positives * negatives);
}
