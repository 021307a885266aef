/** How often each class is taken for each. */
import {
  checkSetting,
  htmlTable,
  indexAdd,
  isFloating,
  type MimeBundle,
  oneHot,
  ShapeError,
  showShape,
  showTable,
  type Tensor,
  zeros,
} from "@tapegrad/core";
import { classAxis } from "../losses/class_targets.ts";
import { Metric, predictedClasses } from "./metric.ts";

/**
 * What counts how often each of so many classes is taken for each; a class beyond them is an {@link IndexError}.
 *
 * @category Metrics
 */
export abstract class ClassCounts extends Metric {
  /** How many classes there are. */
  readonly classes: number;

  /** Of `classes` classes. */
  constructor(classes: number) {
    super();
    checkSetting("count classes", "number", classes, 1);
    if (!Number.isInteger(classes)) {
      throw new RangeError(`Cannot count ${classes} classes: an integer from 1 is needed`);
    }
    this.classes = classes;
  }

  /** Takes a batch in. */
  override update(predictions: Tensor, targets: Tensor): void {
    const { classes } = this, predicted = predictedClasses("counts of classes", predictions, targets);
    if (isFloating(predictions.dtype)) checkExtent(predictions, classes);
    this.accumulate(targets.size, () => {
      const counts = zeros([classes, classes], { dtype: "i32", backend: targets.backend });
      const taken = oneHot(predicted().to("i32").reshape([-1]), classes);
      return indexAdd(counts, 0, targets.to("i32").reshape([-1]), taken);
    });
  }

  /** How often class i, the row, was taken for class j, the column. */
  async counts(): Promise<number[][]> {
    const { classes } = this, { sums } = await this.total();
    return Array.from({ length: classes }, (_, i) => sums.slice(i * classes, (i + 1) * classes));
  }
}

function checkExtent(scores: Tensor, classes: number): void {
  const found = scores.shape[classAxis(scores)];
  if (found === classes) return;
  throw new ShapeError(
    `Cannot count ${classes} classes in scores ${showShape(scores.shape)}: they are of ${found} classes`,
    { op: "counts of classes", shapes: [scores.shape] },
  );
}

/**
 * How often each class, a row, was predicted as each, a column, by predictions as {@link Accuracy} takes them.
 * `compute()` is the part that is on the diagonal, and `counts()` the matrix. `sklearn.metrics.confusion_matrix`.
 *
 * @category Metrics
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { ConfusionMatrix } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const matrix = new ConfusionMatrix(2);
 * matrix.update(tensor([0, 1, 1], { dtype: "i32" }), tensor([0, 0, 1], { dtype: "i32" }));
 * assertEquals(await matrix.counts(), [[1, 1], [0, 1]]);
 * ```
 */
export class ConfusionMatrix extends ClassCounts {
  /** What notebooks show of it. */
  protected override async display(): Promise<MimeBundle> {
    const counts = await this.counts(), classes = counts.map((_, i) => `${i}`);
    const lines = [
      ["class, taken for", ...classes],
      ...counts.map((row, i) => [classes[i], ...row.map(String)]),
    ];
    return { "text/html": htmlTable(lines), "text/plain": showTable(lines) };
  }

  /** The value over all samples so far. */
  override async compute(): Promise<number> {
    const counts = await this.counts(), all = counts.flat().reduce((a, b) => a + b);
    return counts.reduce((sum, row, i) => sum + row[i], 0) / all;
  }
}
