/** Instance normalisation. */
import { instanceNorm, type Tensor } from "@tapegrad/core";
import { ChannelNorm, type ChannelNormOptions } from "./channel_norm.ts";

const shapes = ["length", "height, width", "depth, height, width"];

/**
 * What all instance normalisations have in common, as `torch.nn.modules.instancenorm._InstanceNorm`.
 *
 * @category Layers
 */
export abstract class InstanceNormNd extends ChannelNorm {
  readonly #rank: number;

  /** With so many axes behind the channels. */
  constructor(axes: number, numFeatures: number, options: ChannelNormOptions) {
    const extents = shapes[axes - 1];
    const kind = {
      ranks: [axes + 1, axes + 2],
      shapes: `[batch, channels, ${extents}] or [channels, ${extents}]`,
    };
    super({ ...kind, byDefault: false }, numFeatures, options);
    this.#rank = axes + 2;
  }

  /** `x` with the channels of each image normalised: by themselves, or out of training by running statistics if there are. */
  override forward(x: Tensor): Tensor {
    const isBatch = x?.rank === this.#rank;
    this.checkInput(x, isBatch ? 1 : 0);
    const y = this.#normalized(isBatch ? x : x.reshape([1, ...x.shape]));
    return isBatch ? y : y.reshape(x.shape);
  }

  #normalized(x: Tensor): Tensor {
    const { weight, bias, running_mean: runningMean, running_var: runningVar, eps } = this;
    const useInputStats = this.training || runningMean === null, momentum = this.momentum ?? 0;
    return instanceNorm(x, { runningMean, runningVar, weight, bias, useInputStats, momentum, eps });
  }
}

/**
 * Normalises channels of each of `[batch, channels, length]`, or without a batch, as `torch.nn.InstanceNorm1d`. It has no
 * weight and bias, and no running statistics, unless it is `affine` and told to `trackRunningStats`. In training one
 * value a channel is a {@link ShapeError}, and so are other channels. Ulyanov, Vedaldi and Lempitsky (2016).
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { InstanceNorm1d } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new InstanceNorm1d(2, { eps: 0 }), x = tensor([[1, 3], [0, 20]]);
 * assertEquals(await layer.forward(x).array(), [[-1, 1], [-1, 1]]);
 * ```
 */
export class InstanceNorm1d extends InstanceNormNd {
  /** Of vectors. */
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(1, numFeatures, options);
  }
}

/**
 * {@link InstanceNorm1d} of `[batch, channels, height, width]`, or without a batch, as `torch.nn.InstanceNorm2d`.
 *
 * @category Layers
 */
export class InstanceNorm2d extends InstanceNormNd {
  /** Of images. */
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(2, numFeatures, options);
  }
}

/**
 * {@link InstanceNorm1d} of `[batch, channels, depth, height, width]`, or without a batch, as `torch.nn.InstanceNorm3d`.
 *
 * @category Layers
 */
export class InstanceNorm3d extends InstanceNormNd {
  /** Of volumes. */
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(3, numFeatures, options);
  }
}
