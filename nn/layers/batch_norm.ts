/** Batch normalisation. */
import { add, batchNorm, reciprocal, type Tensor } from "@tapegrad/core";
import { ChannelNorm, type ChannelNormKind, type ChannelNormOptions } from "./channel_norm.ts";

/**
 * What all batch normalisations have in common, as `torch.nn.modules.batchnorm._BatchNorm`.
 *
 * @category Layers
 */
export abstract class BatchNormNd extends ChannelNorm {
  /** `x` with its channels normalised: in training by the batch, which the running statistics follow, else by those. */
  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    const { weight, bias, running_mean, running_var, eps } = this;
    const training = this.training || running_mean === null;
    const momentum = this.training ? this.#count() : 0;
    return batchNorm(x, running_mean, running_var, { weight, bias, training, momentum, eps });
  }

  // Counted on the device, so that a recorded step goes on counting.
  #count(): Tensor | number {
    const { momentum, num_batches_tracked: count, running_mean } = this;
    count?.assign(add(count, 1));
    return momentum ?? (count && running_mean ? reciprocal(count.to(running_mean.dtype)) : 0);
  }

  /**
   * Forgets the running statistics, and makes them the mean of those of the batches to come, until the function that it
   * gives is called.
   */
  accumulate(): () => void {
    const { momentum } = this;
    this.resetRunningStats();
    this.momentum = null;
    return () => {
      this.momentum = momentum;
    };
  }
}

function kind(ranks: readonly number[], shapes: string): ChannelNormKind {
  return { ranks, shapes, byDefault: true };
}

/**
 * Normalises channels of `[batch, channels]` or `[batch, channels, length]`, as `torch.nn.BatchNorm1d`: in training by
 * mean and variance of the batch, which the running ones follow, else by those. In training one value a channel is a
 * {@link ShapeError}, and so are other channels. Ioffe and Szegedy (2015).
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { BatchNorm1d } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new BatchNorm1d(1, { eps: 0, momentum: 0.5 }), x = tensor([[1], [3]]);
 * assertEquals(await layer.forward(x).array(), [[-1], [1]]);
 * assertEquals(await layer.running_mean!.array(), [1]);
 * assertEquals(await layer.running_var!.array(), [1.5]);
 * assertEquals(await layer.eval().forward(tensor([[1]])).array(), [[0]]);
 * assertEquals(
 *   Object.keys(layer.stateDict()),
 *   ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"],
 * );
 * ```
 */
export class BatchNorm1d extends BatchNormNd {
  /** Of vectors. */
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(kind([2, 3], "[batch, channels] or [batch, channels, length]"), numFeatures, options);
  }
}

/**
 * {@link BatchNorm1d} of `[batch, channels, height, width]`, as `torch.nn.BatchNorm2d`.
 *
 * @category Layers
 */
export class BatchNorm2d extends BatchNormNd {
  /** Of images. */
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(kind([4], "[batch, channels, height, width]"), numFeatures, options);
  }
}

/**
 * {@link BatchNorm1d} of `[batch, channels, depth, height, width]`, as `torch.nn.BatchNorm3d`.
 *
 * @category Layers
 */
export class BatchNorm3d extends BatchNormNd {
  /** Of volumes. */
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(kind([5], "[batch, channels, depth, height, width]"), numFeatures, options);
  }
}
