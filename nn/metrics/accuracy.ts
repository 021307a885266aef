/** How often the right class is the first, or among the first. */
import {
  add,
  arange,
  checkSetting,
  equal,
  gather,
  greater,
  less,
  logicalAnd,
  logicalOr,
  moveAxis,
  sum,
  sumOf,
  type Tensor,
  unsqueeze,
} from "@tapegrad/core";
import { classAxis } from "../losses/class_targets.ts";
import { checkScores, Metric, predictedClasses } from "./metric.ts";

/**
 * The part of samples whose class is predicted. Predictions are classes, i32 or u32 in the shape of the targets, or
 * scores, logits or probabilities with classes along axis 1, of which the largest tells, the first at ties.
 * `sklearn.metrics.accuracy_score`.
 *
 * @category Metrics
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Accuracy, TopKAccuracy } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const logits = tensor([[1, 3, 2], [4, 0, 1]]), targets = tensor([2, 0], { dtype: "i32" });
 * const first = new Accuracy(), two = new TopKAccuracy(2);
 * for (const metric of [first, two]) metric.update(logits, targets);
 * assertEquals([await first.compute(), await two.compute()], [0.5, 1]);
 * ```
 */
export class Accuracy extends Metric {
  /** Takes a batch in. */
  override update(predictions: Tensor, targets: Tensor): void {
    const classes = predictedClasses("accuracy", predictions, targets);
    this.accumulate(targets.size, () => sumOf(equal, classes().to("i32"), targets.to("i32")));
  }

  /** The value over all samples so far. */
  override async compute(): Promise<number> {
    const { sums, count } = await this.total();
    return sums[0] / count;
  }
}

/**
 * The part of samples whose class is among the `k` of the largest scores, which have classes along axis 1; of equal
 * ones those of later classes come first, and NaN is none. `sklearn.metrics.top_k_accuracy_score`.
 *
 * @category Metrics
 */
export class TopKAccuracy extends Metric {
  /** Among how many classes. */
  readonly k: number;

  /** Among the first `k`. */
  constructor(k: number) {
    super();
    checkSetting("take the accuracy of the first", "k", k, 1);
    if (!Number.isInteger(k)) {
      throw new RangeError(`Cannot take the accuracy of the first ${k}: an integer from 1 is needed`);
    }
    this.k = k;
  }

  /** Takes a batch in. */
  override update(predictions: Tensor, targets: Tensor): void {
    checkScores("top-k accuracy", predictions, targets);
    this.accumulate(targets.size, () => sum(among(this.k, predictions, targets).to("i32")));
  }

  /** The value over all samples so far. */
  override async compute(): Promise<number> {
    const { sums, count } = await this.total();
    return sums[0] / count;
  }
}

function among(k: number, predictions: Tensor, targets: Tensor): Tensor {
  const scores = moveAxis(predictions, classAxis(predictions), -1), at = unsqueeze(targets.to("i32"), -1);
  const own = gather(scores, -1, at);
  const classes = arange(0, scores.shape.at(-1)!, 1, { dtype: "i32", backend: scores.backend });
  const before = logicalOr(greater(scores, own), logicalAnd(equal(scores, own), greater(classes, at)));
  const isNumber = equal(own, own).to("i32");
  return less(add(sum(before.to("i32"), -1), add(isNumber.mul(-k), k).reshape(targets.shape)), k);
}
