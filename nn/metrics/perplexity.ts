/** How many classes a model hesitates between. */
import { checkOptions, notEqual, stack, sumOf, type Tensor } from "@tapegrad/core";
import { crossEntropy } from "../losses/cross_entropy.ts";
import { IGNORED } from "../losses/class_targets.ts";
import { checkScores, Metric, noSamples } from "./metric.ts";
import { widest } from "./total.ts";

/**
 * What {@link Perplexity} may be told.
 *
 * @category Metrics
 */
export interface PerplexityOptions {
  /** A class index that stands for no target; -100 unless said. */
  readonly ignoreIndex?: number;
}

/**
 * The exponential of the mean cross-entropy of logits, with classes along axis 1, against class indices: how many
 * classes, equally likely, would be as uncertain. `exp(sklearn.metrics.log_loss)` of their softmax.
 *
 * @category Metrics
 * @example
 * ```ts
 * import { tensor, zeros } from "@tapegrad/core";
 * import { Perplexity } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const perplexity = new Perplexity();
 * perplexity.update(zeros([3, 8]), tensor([5, 0, -100], { dtype: "i32" }));
 * assertAlmostEquals(await perplexity.compute(), 8, 1e-5);
 * ```
 */
export class Perplexity extends Metric {
  readonly #ignoreIndex: number;

  /** With logits of language models, `[batch, classes, positions]`. */
  constructor(options: PerplexityOptions = {}) {
    super();
    checkOptions("take the perplexity", options, { ignoreIndex: 0 });
    this.#ignoreIndex = options.ignoreIndex ?? IGNORED;
  }

  /** Takes a batch in. */
  override update(predictions: Tensor, targets: Tensor): void {
    checkScores("perplexity", predictions, targets);
    const ignoreIndex = this.#ignoreIndex;
    this.accumulate(targets.size, () => {
      const loss = crossEntropy(widest(predictions), targets, { ignoreIndex, reduction: "sum" });
      return stack([loss, sumOf(notEqual, targets, ignoreIndex).to(loss.dtype)]);
    });
  }

  /** The value over all samples so far. */
  override async compute(): Promise<number> {
    const [loss, count] = (await this.total()).sums;
    if (count === 0) throw noSamples(this);
    return Math.exp(loss / count);
  }
}
