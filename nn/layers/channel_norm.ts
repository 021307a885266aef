/** What layers have in common that normalise channels and keep statistics that run along. */
import {
  checkOptions,
  checkSetting,
  checkShape,
  checkTensor,
  type DType,
  keep,
  ones,
  ShapeError,
  showShape,
  type Tensor,
  zeros,
} from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * What a {@link ChannelNorm} may be told.
 *
 * @category Layers
 */
export interface ChannelNormOptions {
  /** What is added to the variance before its root is taken: 1e-5 unless said. */
  readonly eps?: number;
  /** The part of new statistics in the running ones: 0.1 unless said, and `null` for the mean of all so far. */
  readonly momentum?: number | null;
  /** Whether each channel has a weight and a bias. */
  readonly affine?: boolean;
  /** Whether statistics run along, to be normalised by out of training. */
  readonly trackRunningStats?: boolean;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType;
}

/** What sets a class of them apart. */
export interface ChannelNormKind {
  /** The shapes that it takes, in words. */
  readonly shapes: string;
  /** How many axes it takes. */
  readonly ranks: readonly number[];
  /** Whether it has a weight and a bias, and statistics that run along, unless said. */
  readonly byDefault: boolean;
}

/**
 * A layer that normalises channels, as `torch.nn.modules.batchnorm._NormBase`.
 *
 * @category Layers
 */
export abstract class ChannelNorm extends Module {
  /** How many channels. */
  readonly numFeatures: number;
  /** What is added to the variance. */
  readonly eps: number;
  /** The part of new statistics in the running ones, `null` for the mean of all so far. */
  momentum: number | null;
  /** `[numFeatures]`, at first 1, or `null` without one. */
  readonly weight: Tensor | null = null;
  /** `[numFeatures]`, at first 0, or `null` without one. */
  readonly bias: Tensor | null = null;
  /** `[numFeatures]`, a buffer, or `null` where no statistics run along. */
  readonly running_mean: Tensor | null = null;
  /** Likewise. */
  readonly running_var: Tensor | null = null;
  /** How many batches the running statistics are of, an i32 without axes. */
  readonly num_batches_tracked: Tensor | null = null;
  readonly #kind: ChannelNormKind;

  /** A layer of so many channels. */
  constructor(kind: ChannelNormKind, numFeatures: number, options: ChannelNormOptions) {
    super();
    const { byDefault } = kind, asked = `make a ${this.constructor.name}`;
    checkOptions(asked, options, {
      eps: 0,
      momentum: null,
      affine: true,
      trackRunningStats: true,
      dtype: null,
    });
    const { eps = 1e-5, momentum = 0.1, affine = byDefault, trackRunningStats = byDefault, dtype } = options;
    checkShape(`${asked} of`, [numFeatures]);
    checkSetting(asked, "eps", eps);
    if (momentum !== null) checkSetting(asked, "momentum", momentum);
    this.#kind = kind;
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    const shape = [numFeatures], like = dtype ? { dtype } : {}, moving = { ...like, requiresGrad: true };
    if (affine) [this.weight, this.bias] = [ones(shape, moving), zeros(shape, moving)];
    if (!trackRunningStats) return;
    [this.running_mean, this.running_var] = [keep(zeros(shape, like)), keep(ones(shape, like))];
    this.num_batches_tracked = keep(zeros([], { dtype: "i32" }));
  }

  /** Forgets the running statistics: mean 0 and variance 1, of no batch. */
  resetRunningStats(): void {
    this.running_mean?.assign(0);
    this.running_var?.assign(1);
    this.num_batches_tracked?.assign(0);
  }

  /** Refuses inputs of other ranks or channels; `at` is the axis of those. */
  protected checkInput(x: Tensor, at = 1): void {
    checkTensor(`apply ${this.describe()} to`, x);
    const { ranks, shapes } = this.#kind, { numFeatures } = this;
    if (ranks.includes(x.rank) && x.shape[at] === numFeatures) return;
    throw new ShapeError(
      `Cannot apply ${this.describe()} to ${
        showShape(x.shape)
      }: ${shapes} with ${numFeatures} channels is needed`,
      { op: this.constructor.name, shapes: [x.shape] },
    );
  }

  /** `BatchNorm2d(3)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.numFeatures})`;
  }
}
