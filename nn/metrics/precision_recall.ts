/** Precision, recall and their mean, class by class. */
import { checkOptions, described } from "@tapegrad/core";
import { ClassCounts } from "./confusion_matrix.ts";

/**
 * How the values of classes become one: `"macro"`, their mean; `"weighted"`, that weighted by how many samples each
 * class has; `"micro"`, from the counts of all classes together; `"binary"`, that of class 1 of two.
 *
 * @category Metrics
 */
export type ClassAverage = "macro" | "micro" | "weighted" | "binary";

/**
 * What {@link Precision}, {@link Recall} and {@link F1} may be told.
 *
 * @category Metrics
 */
export interface ClassScoreOptions {
  /** How the values of classes become one; `"macro"` unless said. */
  readonly average?: ClassAverage;
  /** What 0 / 0 is, 0, 1 or NaN, which means leave out; 0 unless said. */
  readonly zeroDivision?: number;
}

/** Of a class: how often it was found rightly, how often it was predicted and how often it was there. */
interface Found {
  readonly right: number;
  readonly predicted: number;
  readonly actual: number;
}

const averages = ["macro", "micro", "weighted", "binary"];

/**
 * A score of each class, averaged.
 *
 * @category Metrics
 */
export abstract class ClassScore extends ClassCounts {
  readonly #average: ClassAverage;
  readonly #zeroDivision: number;

  /** Of `classes` classes. */
  constructor(classes: number, options: ClassScoreOptions = {}) {
    super(classes);
    checkOptions("score classes", options, { average: "", zeroDivision: 0 });
    const { average = "macro", zeroDivision = 0 } = options;
    if (!averages.includes(average)) {
      throw new TypeError(`Cannot average classes by ${described(average)}: choose ${averages.join(", ")}`);
    }
    if (![0, 1, NaN].includes(zeroDivision)) {
      throw new RangeError(`Cannot take ${zeroDivision} for 0 / 0: choose 0, 1 or NaN`);
    }
    if (average === "binary" && classes !== 2) {
      throw new RangeError(`Cannot score class 1 of ${classes} alone: "binary" is of 2 classes`);
    }
    [this.#average, this.#zeroDivision] = [average, zeroDivision];
  }

  /** What is divided by what, of counts. */
  protected abstract quotient(right: number, predicted: number, actual: number): readonly [number, number];

  /** The score of each class. */
  async perClass(): Promise<number[]> {
    return foundIn(await this.counts()).map((found) => this.#score(found));
  }

  /** The value over all samples so far. */
  override async compute(): Promise<number> {
    const found = foundIn(await this.counts());
    if (this.#average === "micro") return this.#score(found.reduce(together));
    const scores = found.map((each) => this.#score(each));
    if (this.#average === "binary") return scores[1];
    return this.#mean(scores, found.map(({ actual }) => this.#average === "weighted" ? actual : 1));
  }

  #score({ right, predicted, actual }: Found): number {
    const [over, under] = this.quotient(right, predicted, actual);
    return under === 0 ? this.#zeroDivision : over / under;
  }

  #mean(scores: readonly number[], weights: readonly number[]): number {
    let total = 0, weight = 0;
    scores.forEach((score, i) => {
      if (Number.isNaN(score)) return;
      total += score * weights[i];
      weight += weights[i];
    });
    return weight === 0 ? this.#zeroDivision : total / weight;
  }
}

function foundIn(counts: readonly (readonly number[])[]): Found[] {
  return counts.map((row, i) => ({
    right: row[i],
    predicted: counts.reduce((sum, each) => sum + each[i], 0),
    actual: row.reduce((a, b) => a + b),
  }));
}

function together(a: Found, b: Found): Found {
  return {
    right: a.right + b.right,
    predicted: a.predicted + b.predicted,
    actual: a.actual + b.actual,
  };
}

/**
 * The part of the samples predicted as a class that are of it, by predictions as {@link Accuracy} takes them: of each
 * of so many classes by `perClass()`, averaged by `compute()`. `sklearn.metrics.precision_score` of those labels.
 *
 * @category Metrics
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { F1, Precision, Recall } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const predicted = tensor([0, 1, 1, 1], { dtype: "i32" }), targets = tensor([0, 0, 1, 1], { dtype: "i32" });
 * const [precision, recall, f1] = [Precision, Recall, F1].map((Score) => new Score(2));
 * for (const score of [precision, recall, f1]) score.update(predicted, targets);
 * assertEquals(await precision.perClass(), [1, 2 / 3]);
 * assertEquals([await recall.compute(), await f1.perClass()], [0.75, [2 / 3, 0.8]]);
 * ```
 */
export class Precision extends ClassScore {
  /** What is divided by what, of counts. */
  protected override quotient(right: number, predicted: number): readonly [number, number] {
    return [right, predicted];
  }
}

/**
 * The part of the samples of a class that are predicted as it, otherwise as {@link Precision}: `sklearn.metrics.recall_score`.
 *
 * @category Metrics
 */
export class Recall extends ClassScore {
  /** What is divided by what, of counts. */
  protected override quotient(right: number, _: number, actual: number): readonly [number, number] {
    return [right, actual];
  }
}

/**
 * The harmonic mean of precision and recall, otherwise as {@link Precision}: `sklearn.metrics.f1_score`.
 *
 * @category Metrics
 */
export class F1 extends ClassScore {
  /** What is divided by what, of counts. */
  protected override quotient(right: number, predicted: number, actual: number): readonly [number, number] {
    return [2 * right, predicted + actual];
  }
}
