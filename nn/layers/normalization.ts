/** Layers that normalise without statistics that run along. */
import {
  checkOptions,
  checkSetting,
  checkShape,
  checkTensor,
  type DType,
  groupNorm,
  layerNorm,
  localResponseNorm,
  type LocalResponseNormOptions,
  ones,
  rmsNorm,
  ShapeError,
  showShape,
  type Tensor,
  zeros,
} from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * What an {@link RMSNorm} may be told.
 *
 * @category Layers
 */
export interface RMSNormOptions {
  /** What is added to the mean square before its root is taken: the distance of 1 and the next float unless said. */
  readonly eps?: number | null;
  /** Whether each element has a weight; it has unless said. */
  readonly elementwiseAffine?: boolean;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType;
}

/**
 * What a {@link LayerNorm} may be told.
 *
 * @category Layers
 */
export interface LayerNormLayerOptions {
  /** What is added to the variance before its root is taken: 1e-5 unless said. */
  readonly eps?: number;
  /** Whether each element has a weight and a bias; it has unless said. */
  readonly elementwiseAffine?: boolean;
  /** Whether it has a bias beside the weight; it has unless said. */
  readonly bias?: boolean;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType;
}

/**
 * What a {@link GroupNorm} may be told.
 *
 * @category Layers
 */
export interface GroupNormLayerOptions {
  /** What is added to the variance before its root is taken: 1e-5 unless said. */
  readonly eps?: number;
  /** Whether each channel has a weight and a bias; it has unless said. */
  readonly affine?: boolean;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType;
}

function extentsOf(asked: string, given: number | readonly number[]): readonly number[] {
  return checkShape(`${asked} over`, typeof given === "number" ? [given] : given);
}

function moving(dtype: DType | undefined): { requiresGrad: true; dtype?: DType } {
  return { requiresGrad: true, ...dtype && { dtype } };
}

// Extents that are not the last ones of x, in the words of the layer.
function checkLast(layer: string, op: string, x: Tensor, over: readonly number[]): void {
  checkTensor(`apply ${layer} to`, x);
  const last = x.shape.slice(-over.length);
  if (over.length > 0 && last.length === over.length && last.every((n, i) => n === over[i])) return;
  throw new ShapeError(
    `Cannot apply ${layer} to ${showShape(x.shape)}: the last extents must be ${showShape(over)}`,
    { op, shapes: [x.shape] },
  );
}

/**
 * Normalises over the last axes, whose extents are `normalizedShape`, as `torch.nn.LayerNorm`: to mean 0 and variance 1,
 * times a weight and plus a bias. Other extents are a {@link ShapeError}. Ba, Kiros and Hinton (2016).
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { LayerNorm } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new LayerNorm(2, { eps: 0 });
 * assertEquals(await layer.forward(tensor([[1, 3], [-20, 0]])).array(), [[-1, 1], [-1, 1]]);
 * ```
 */
export class LayerNorm extends Module {
  /** The last extents of the input. */
  readonly normalizedShape: readonly number[];
  /** What is added to the variance. */
  readonly eps: number;
  /** Of `normalizedShape`, at first 1, or `null` without one. */
  readonly weight: Tensor | null;
  /** Of `normalizedShape`, at first 0, or `null` without one. */
  readonly bias: Tensor | null;

  /** Over the last axes, or the last one. */
  constructor(normalizedShape: number | readonly number[], options: LayerNormLayerOptions = {}) {
    super();
    checkOptions("make a LayerNorm", options, { eps: 0, elementwiseAffine: true, bias: true, dtype: null });
    const { eps = 1e-5, elementwiseAffine = true, bias = true, dtype } = options;
    checkSetting("make a LayerNorm", "eps", eps);
    this.normalizedShape = extentsOf("make a LayerNorm", normalizedShape);
    this.eps = eps;
    this.weight = elementwiseAffine ? ones(this.normalizedShape, moving(dtype)) : null;
    this.bias = elementwiseAffine && bias ? zeros(this.normalizedShape, moving(dtype)) : null;
  }

  /** `x` normalised. */
  override forward(x: Tensor): Tensor {
    const { normalizedShape, eps } = this,
      [weight, bias] = [this.weight ?? undefined, this.bias ?? undefined];
    checkLast(this.describe(), "LayerNorm", x, normalizedShape);
    return layerNorm(x, normalizedShape, { weight, bias, eps });
  }

  /** `LayerNorm([8])`. */
  protected override describe(): string {
    return `${this.constructor.name}(${showShape(this.normalizedShape)})`;
  }
}

/**
 * Divides by the root of the mean square over the last axes, whose extents are `normalizedShape`, as `torch.nn.RMSNorm`,
 * times a weight. Other extents are a {@link ShapeError}. Zhang and Sennrich (2019).
 *
 * @category Layers
 */
export class RMSNorm extends Module {
  /** The last extents of the input. */
  readonly normalizedShape: readonly number[];
  /** What is added to the mean square; `null` for the distance of 1 and the next float. */
  readonly eps: number | null;
  /** Of `normalizedShape`, at first 1, or `null` without one. */
  readonly weight: Tensor | null;

  /** Over the last axes, or the last one. */
  constructor(normalizedShape: number | readonly number[], options: RMSNormOptions = {}) {
    super();
    checkOptions("make an RMSNorm", options, { eps: null, elementwiseAffine: true, dtype: null });
    const { eps = null, elementwiseAffine = true, dtype } = options;
    if (eps !== null) checkSetting("make an RMSNorm", "eps", eps);
    this.normalizedShape = extentsOf("make an RMSNorm", normalizedShape);
    this.eps = eps;
    this.weight = elementwiseAffine ? ones(this.normalizedShape, moving(dtype)) : null;
  }

  /** `x` normalised. */
  override forward(x: Tensor): Tensor {
    checkLast(this.describe(), "RMSNorm", x, this.normalizedShape);
    return rmsNorm(x, this.normalizedShape, {
      weight: this.weight ?? undefined,
      eps: this.eps ?? undefined,
    });
  }

  /** `RMSNorm([8])`. */
  protected override describe(): string {
    return `${this.constructor.name}(${showShape(this.normalizedShape)})`;
  }
}

/**
 * Normalises each group of channels of each of `[batch, channels, …]`, as `torch.nn.GroupNorm`, times a weight and plus a
 * bias of each channel. Channels that do not make groups of one size are a {@link RangeError}, and another number of them
 * in an input a {@link ShapeError}. Wu and He (2018).
 *
 * @category Layers
 */
export class GroupNorm extends Module {
  /** How many groups. */
  readonly numGroups: number;
  /** How many channels. */
  readonly numChannels: number;
  /** What is added to the variance. */
  readonly eps: number;
  /** `[numChannels]`, at first 1, or `null` without one. */
  readonly weight: Tensor | null;
  /** `[numChannels]`, at first 0, or `null` without one. */
  readonly bias: Tensor | null;

  /** Of so many groups of channels. */
  constructor(numGroups: number, numChannels: number, options: GroupNormLayerOptions = {}) {
    super();
    checkOptions("make a GroupNorm", options, { eps: 0, affine: true, dtype: null });
    const { eps = 1e-5, affine = true, dtype } = options;
    checkShape("make a GroupNorm of", [numGroups, numChannels]);
    checkSetting("make a GroupNorm", "eps", eps);
    if (numGroups === 0 || numChannels % numGroups > 0) {
      throw new RangeError(
        `Cannot make a GroupNorm of ${numGroups} groups: ${numChannels} channels do not make groups of one size`,
      );
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.weight = affine ? ones([numChannels], moving(dtype)) : null;
    this.bias = affine ? zeros([numChannels], moving(dtype)) : null;
  }

  /** `x` normalised. */
  override forward(x: Tensor): Tensor {
    const { numGroups, numChannels, weight, bias, eps } = this;
    checkTensor(`apply ${this.describe()} to`, x);
    if (x.rank >= 2 && x.shape[1] === numChannels) return groupNorm(x, numGroups, { weight, bias, eps });
    throw new ShapeError(
      `Cannot apply ${this.describe()} to ${
        showShape(x.shape)
      }: [batch, channels, ...] with ${numChannels} channels is needed`,
      { op: "GroupNorm", shapes: [x.shape] },
    );
  }

  /** `GroupNorm(2, 6)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.numGroups}, ${this.numChannels})`;
  }
}

/**
 * Divides by a power of the mean square of neighbouring channels, as `torch.nn.LocalResponseNorm`: see
 * `localResponseNorm`, whose options it takes. Krizhevsky, Sutskever and Hinton (2012).
 *
 * @category Layers
 */
export class LocalResponseNorm extends Module {
  /** How many channels each one is divided by. */
  readonly size: number;
  readonly #options: LocalResponseNormOptions;

  /** By so many channels. */
  constructor(size: number, options: LocalResponseNormOptions = {}) {
    super();
    checkShape("make a LocalResponseNorm of", [size]);
    checkOptions("make a LocalResponseNorm", options, { alpha: 1, beta: 1, k: 1 });
    this.size = size;
    this.#options = options;
  }

  /** `x` divided. */
  override forward(x: Tensor): Tensor {
    return localResponseNorm(x, this.size, this.#options);
  }

  /** `LocalResponseNorm(2)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.size})`;
  }
}
