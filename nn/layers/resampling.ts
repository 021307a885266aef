/** Images, signals and volumes in other sizes. */
import {
  channelShuffle,
  checkOptions,
  checkSetting,
  interpolate,
  type InterpolateOptions,
  pixelShuffle,
  pixelUnshuffle,
  type Tensor,
  type UpsampleOptions,
} from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * What {@link Upsample} may be told.
 *
 * @category Layers
 */
export type UpsampleLayerOptions = Omit<InterpolateOptions, "antialias">;

/**
 * {@link interpolate} as a module: `torch.nn.Upsample`, `[batch, channels, …]` in another size.
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Upsample } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new Upsample({ scaleFactor: 2, mode: "linear" });
 * assertEquals(await layer.forward(tensor([[[0, 4]]])).array(), [[[0, 1, 3, 4]]]);
 * assertEquals(String(layer), "Upsample(scaleFactor: 2, mode: linear)");
 * ```
 */
export class Upsample extends Module {
  readonly #options: UpsampleLayerOptions;

  /** Interpolates with these options, of which a size or a scaleFactor is needed. */
  constructor(options: UpsampleLayerOptions = {}) {
    super();
    const known = ["size", "scaleFactor", "mode", "alignCorners", "recomputeScaleFactor"];
    checkOptions(`make an ${this.constructor.name}`, options, known);
    if (options.size === undefined && options.scaleFactor === undefined) {
      throw new TypeError(`Cannot make an ${this.constructor.name} without a size or a scaleFactor`);
    }
    this.#options = options;
  }

  /** `x` in the new size. */
  override forward(x: Tensor): Tensor {
    return interpolate(x, this.#options);
  }

  /** The class and its options, as `Upsample(scaleFactor: 2)`. */
  protected override describe(): string {
    const options = Object.entries(this.#options).map(([name, value]) => `${name}: ${value}`);
    return `${this.constructor.name}(${options.join(", ")})`;
  }
}

/**
 * {@link Upsample} of images by the element at or before a place: `torch.nn.UpsamplingNearest2d`.
 *
 * @category Layers
 */
export class UpsamplingNearest2d extends Upsample {
  /** To a size or by a factor. */
  constructor(options: UpsampleOptions = {}) {
    super({ ...options, mode: "nearest" });
  }
}

/**
 * {@link Upsample} of images along straight lines, corners aligned: `torch.nn.UpsamplingBilinear2d`.
 *
 * @category Layers
 */
export class UpsamplingBilinear2d extends Upsample {
  /** To a size or by a factor. */
  constructor(options: UpsampleOptions = {}) {
    super({ ...options, mode: "bilinear", alignCorners: true });
  }
}

/**
 * {@link pixelShuffle} as a module, `torch.nn.PixelShuffle`: channels as pixels.
 *
 * @category Layers
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { PixelShuffle } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new PixelShuffle(3).forward(zeros([2, 9, 4, 4])).shape, [2, 1, 12, 12]);
 * ```
 */
export class PixelShuffle extends Module {
  /** By what rows and columns grow. */
  readonly upscaleFactor: number;

  /** Makes an image larger by this factor. */
  constructor(upscaleFactor: number) {
    super();
    checkSetting("make a PixelShuffle", "upscaleFactor", upscaleFactor, 1);
    this.upscaleFactor = upscaleFactor;
  }

  /** `x` in the new order. */
  override forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }

  /** `PixelShuffle(2)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.upscaleFactor})`;
  }
}

/**
 * {@link pixelUnshuffle} as a module, `torch.nn.PixelUnshuffle`: pixels as channels.
 *
 * @category Layers
 */
export class PixelUnshuffle extends Module {
  /** By what rows and columns shrink. */
  readonly downscaleFactor: number;

  /** Makes an image smaller by this factor. */
  constructor(downscaleFactor: number) {
    super();
    checkSetting("make a PixelUnshuffle", "downscaleFactor", downscaleFactor, 1);
    this.downscaleFactor = downscaleFactor;
  }

  /** `x` in the new order. */
  override forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }

  /** `PixelUnshuffle(2)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.downscaleFactor})`;
  }
}

/**
 * {@link channelShuffle} as a module, `torch.nn.ChannelShuffle`: the first channel of each group, then the second of each.
 *
 * @category Layers
 */
export class ChannelShuffle extends Module {
  /** How many groups are mixed. */
  readonly groups: number;

  /** Mixes this many groups. */
  constructor(groups: number) {
    super();
    checkSetting("make a ChannelShuffle", "groups", groups, 1);
    this.groups = groups;
  }

  /** `x` in the new order. */
  override forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }

  /** `ChannelShuffle(2)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.groups})`;
  }
}
