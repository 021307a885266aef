/** A softmax over many classes, of which the rare ones are seldom looked at. */
import {
  add,
  argmax,
  checkOptions,
  checkSetting,
  concat,
  described,
  type DType,
  equal,
  gather,
  greaterEqual,
  type Key,
  less,
  logSoftmax,
  mean,
  narrow,
  neg,
  reshape,
  splitKey,
  squeeze,
  sub,
  sum,
  type Tensor,
  tensor,
  unsqueeze,
  where,
} from "@tapegrad/core";
import { ModuleList } from "../containers.ts";
import { Linear } from "../layers/linear.ts";
import { Module } from "../module.ts";
import { Sequential } from "../sequential.ts";
import { checkIndices } from "./class_targets.ts";
import { checkTensors, misfit } from "./options.ts";

/**
 * What {@link AdaptiveLogSoftmaxWithLoss} may be told.
 *
 * @category Losses
 */
export interface AdaptiveLogSoftmaxOptions {
  /** By what the features of each cluster are fewer than those of the one before; 4 unless said. */
  readonly divValue?: number;
  /** Whether the head has a bias; it has not unless said. */
  readonly headBias?: boolean;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType;
  /** Where the initial values come from; the global sequence unless said. */
  readonly key?: Key;
}

/**
 * What {@link AdaptiveLogSoftmaxWithLoss} gives.
 *
 * @category Losses
 */
export interface TargetsAndLoss {
  /** The logarithm of the probability of each target. */
  readonly output: Tensor;
  /** The negative of its mean. */
  readonly loss: Tensor;
}

/**
 * Logarithms of probabilities of `nClasses` classes, sorted by how frequent they are, in clusters that end before each
 * of the `cutoffs` (Grave et al., 2017): a head has the first cluster and one entry for each other, which the tail has,
 * of fewer features the rarer it is. Of an input `[batch, inFeatures]`, or `[inFeatures]`, and class indices it gives
 * `output` and `loss`. `torch.nn.AdaptiveLogSoftmaxWithLoss`. An index that names no class is an {@link IndexError}.
 * All clusters are computed, since only the device knows the targets: one without a target has gradients of 0, where
 * PyTorch leaves it out.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor, zeros } from "@tapegrad/core";
 * import { AdaptiveLogSoftmaxWithLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const model = new AdaptiveLogSoftmaxWithLoss(8, 100, [10, 40]);
 * assertEquals(model.logProb(zeros([2, 8])).shape, [2, 100]);
 * // Without features, one of 12 in the head, then one of 60 in its cluster.
 * const { loss } = model.forward(zeros([1, 8]), tensor([99], { dtype: "i32" }));
 * assertAlmostEquals(await loss.item(), Math.log(12 * 60), 1e-5);
 * ```
 */
export class AdaptiveLogSoftmaxWithLoss
  extends Module<readonly [input: Tensor, target: Tensor], TargetsAndLoss> {
  /** Extent of the last axis of the input. */
  readonly inFeatures: number;
  /** How many classes. */
  readonly nClasses: number;
  /** Where clusters end, the last one at the number of classes. */
  readonly cutoffs: readonly number[];
  /** Of the frequent classes, and of one entry for each cluster of others. */
  readonly head: Linear;
  /** A projection for each cluster of others. */
  readonly tail: ModuleList<Sequential>;

  /** A softmax with random parameters. */
  constructor(
    inFeatures: number,
    nClasses: number,
    cutoffs: readonly number[],
    options: AdaptiveLogSoftmaxOptions = {},
  ) {
    super();
    const asked = "make an AdaptiveLogSoftmaxWithLoss";
    checkOptions(asked, options, { divValue: 4, headBias: false, dtype: null, key: null });
    checkSetting(asked, "nClasses", nClasses, 2);
    checkCutoffs(asked, cutoffs, nClasses);
    const { divValue = 4, headBias = false, dtype, key } = options, count = cutoffs.length;
    checkSetting(asked, "divValue", divValue, Number.MIN_VALUE);
    const keys = key ? splitKey(key, 1 + 2 * count) : [];
    const affine = (from: number, to: number, bias: boolean, at: number) =>
      new Linear(from, to, { bias, ...(dtype && { dtype }), ...(keys[at] && { key: keys[at] }) });
    this.inFeatures = inFeatures;
    this.nClasses = nClasses;
    this.cutoffs = [...cutoffs, nClasses];
    this.head = affine(inFeatures, cutoffs[0] + count, headBias, 0);
    this.tail = new ModuleList(cutoffs.map((_, i) => {
      const fewer = Math.floor(inFeatures / divValue ** (i + 1)), size = this.cutoffs[i + 1] - cutoffs[i];
      return new Sequential(
        affine(inFeatures, fewer, false, 2 * i + 1),
        affine(fewer, size, false, 2 * i + 2),
      );
    }));
  }

  /** The logarithms of the probabilities of targets, and the loss. */
  override forward(input: Tensor, target: Tensor): TargetsAndLoss {
    this.#check(input, target);
    const rows = input.rank === 1 ? unsqueeze(input, 0) : input, index = reshape(target, [-1]).to("i32");
    const { cutoffs } = this, [shortlist] = cutoffs;
    const ends = tensor(Int32Array.from(cutoffs), { backend: index.backend.name });
    // 0 of those in the head; of an index beyond all clusters one that the head does not have.
    const cluster = sum(greaterEqual(unsqueeze(index, 1), ends).to("i32"), 1);
    const place = where(equal(cluster, 0), index, add(cluster, shortlist - 1));
    const logs = this.#tailLogs(rows).map((logs, i) => {
      const isHere = equal(cluster, i + 1), relative = where(isHere, sub(index, cutoffs[i]), 0);
      return where(isHere, picked(logs, relative), 0);
    });
    const output = logs.reduce((a, b) => add(a, b), picked(logSoftmax(this.head.forward(rows), 1), place));
    return { output: reshape(output, target.shape), loss: neg(mean(output)) };
  }

  /** The logarithms of the probabilities of all classes, `[…, nClasses]`. */
  logProb(input: Tensor): Tensor {
    const head = logSoftmax(this.head.forward(input), -1), [shortlist] = this.cutoffs;
    const clusters = this.#tailLogs(input).map((logs, i) => add(logs, narrow(head, -1, shortlist + i, 1)));
    return concat([narrow(head, -1, 0, shortlist), ...clusters], -1);
  }

  /** The most probable classes, `[…]`; a cluster is looked into where its entry in the head is the largest. */
  predict(input: Tensor): Tensor {
    const inHead = argmax(this.head.forward(input), -1);
    return where(less(inHead, this.cutoffs[0]), inHead, argmax(this.logProb(input), -1));
  }

  /** `AdaptiveLogSoftmaxWithLoss(8, 100, [10, 40])`. */
  protected override describe(): string {
    const cutoffs = this.cutoffs.slice(0, -1).join(", ");
    return `${this.constructor.name}(${this.inFeatures}, ${this.nClasses}, [${cutoffs}])`;
  }

  #tailLogs(rows: Tensor): Tensor[] {
    return [...this.tail].map((projection) => logSoftmax(projection.forward(rows), -1));
  }

  #check(input: Tensor, target: Tensor): void {
    const name = this.describe();
    checkTensors(name, [input, target]);
    checkIndices(name, target);
    const lead = input.shape.slice(0, -1);
    if (target.rank > 1 || input.rank !== target.rank + 1 || lead[0] !== target.shape[0]) {
      const mend = `[batch, ${this.inFeatures}] and [batch] are needed, or [${this.inFeatures}] and []`;
      throw misfit(name, [input, target], mend);
    }
  }
}

function picked(logs: Tensor, index: Tensor): Tensor {
  return squeeze(gather(logs, 1, unsqueeze(index, 1)), 1);
}

function checkCutoffs(asked: string, cutoffs: readonly number[], classes: number): void {
  const isList = Array.isArray(cutoffs) && cutoffs.length > 0;
  const rises = (n: number, i: number) =>
    Number.isInteger(n) && n > (i === 0 ? 0 : cutoffs[i - 1]) && n < classes;
  if (isList && cutoffs.every(rises)) return;
  throw new RangeError(
    `Cannot ${asked} with cutoffs ${described(cutoffs)}: a list of integers that rise from 1 to ${
      classes - 1
    } is needed`,
  );
}
