/** Layers that draw: dropouts, and activations with slopes at random. */
import {
  alphaDropout,
  checkOptions,
  checkSetting,
  drawKey,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  type DropoutOp,
  featureAlphaDropout,
  type Key,
  keyTensor,
  rrelu,
  type Tensor,
} from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * What layers that draw may be told.
 *
 * @category Layers
 */
export interface DrawingOptions {
  /** What it draws from, a new part of it each time; the global sequence unless said. */
  readonly key?: Key;
}

/** A sequence of keys of a layer's own as a buffer, which moves and is saved with it. */
function heldKey(key: Key | undefined): Tensor | null {
  if (!key) return null;
  const held = keyTensor(key);
  held.label = "key";
  return held;
}

/**
 * What all dropouts have in common, as `torch.nn.modules.dropout._DropoutNd`.
 *
 * @category Layers
 */
export abstract class DropoutNd extends Module {
  /** The probability to be dropped. */
  readonly p: number;
  /** What it draws from, as a buffer that each call changes; `null` where that is the global sequence. */
  readonly key: Tensor | null;
  readonly #drop: DropoutOp;

  /** Drops by a function, drawing from `key`, a new part of it each time, or from the global sequence. */
  constructor(drop: DropoutOp, p = 0.5, options: DrawingOptions = {}) {
    super();
    checkSetting("drop", "probability", p, 0, 1);
    checkOptions("drop", options, { key: null });
    this.p = p;
    this.key = heldKey(options.key);
    this.#drop = drop;
  }

  /** `x` with some parts dropped, or `x` itself out of training. */
  override forward(x: Tensor): Tensor {
    const { p, training, key } = this, draws = training && p > 0;
    return this.#drop(x, { p, training, key: draws && key ? drawKey(key) : undefined });
  }

  /** `Dropout(0.5)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.p})`;
  }
}

/**
 * In training, sets each element to 0 with probability `p` (½) and divides the others by 1 - p, so that
 * the expectation stays (Srivastava et al., 2014); otherwise gives back what it is given, as `torch.nn.Dropout`.
 * A `p` outside 0 … 1 is a `RangeError`.
 *
 * @category Layers
 * @example
 * ```ts
 * import { key, ones } from "@tapegrad/core";
 * import { Dropout } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertStrictEquals } from "@std/assert";
 *
 * const dropout = new Dropout(0.2, { key: key(1) }), x = ones([10_000]);
 * assertAlmostEquals(await dropout.forward(x).mean().item(), 1, 0.03);
 * assertStrictEquals(dropout.eval().forward(x), x);
 * ```
 */
export class Dropout extends DropoutNd {
  /** Of elements. */
  constructor(p = 0.5, options: DrawingOptions = {}) {
    super(dropout, p, options);
  }
}

/**
 * {@link Dropout} of whole channels of `[batch, channels, length]`, or without a batch, as `torch.nn.Dropout1d`.
 *
 * @category Layers
 */
export class Dropout1d extends DropoutNd {
  /** Of channels of vectors. */
  constructor(p = 0.5, options: DrawingOptions = {}) {
    super(dropout1d, p, options);
  }
}

/**
 * {@link Dropout} of whole channels of `[batch, channels, height, width]`, as `torch.nn.Dropout2d`.
 *
 * @category Layers
 */
export class Dropout2d extends DropoutNd {
  /** Of channels of images. */
  constructor(p = 0.5, options: DrawingOptions = {}) {
    super(dropout2d, p, options);
  }
}

/**
 * {@link Dropout} of whole channels of `[batch, channels, depth, height, width]`, or without a batch, as
 * `torch.nn.Dropout3d`.
 *
 * @category Layers
 */
export class Dropout3d extends DropoutNd {
  /** Of channels of volumes. */
  constructor(p = 0.5, options: DrawingOptions = {}) {
    super(dropout3d, p, options);
  }
}

/**
 * In training, drops elements such that mean 0 and variance 1 stay, for networks of `SELU`, as `torch.nn.AlphaDropout`
 * (Klambauer et al., 2017).
 *
 * @category Layers
 */
export class AlphaDropout extends DropoutNd {
  /** Of elements. */
  constructor(p = 0.5, options: DrawingOptions = {}) {
    super(alphaDropout, p, options);
  }
}

/**
 * {@link AlphaDropout} of whole channels of `[batch, channels, …]`, as `torch.nn.FeatureAlphaDropout`.
 *
 * @category Layers
 */
export class FeatureAlphaDropout extends DropoutNd {
  /** Of channels. */
  constructor(p = 0.5, options: DrawingOptions = {}) {
    super(featureAlphaDropout, p, options);
  }
}

/**
 * What {@link RReLU} may be told.
 *
 * @category Layers
 */
export interface RReLUOptions extends DrawingOptions {
  /** The least slope: 1/8 unless said. */
  readonly lower?: number;
  /** The largest slope: 1/3 unless said. */
  readonly upper?: number;
}

/**
 * x above 0, slope·x at and below it, with a slope that in training is drawn for each element between `lower` and `upper`
 * and else is their middle, as `torch.nn.RReLU` (Xu et al., 2015).
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { RReLU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new RReLU({ lower: 0, upper: 0.5 }).eval();
 * assertEquals(await layer.forward(tensor([-4, 3])).array(), [-1, 3]);
 * ```
 */
export class RReLU extends Module {
  /** The least slope. */
  readonly lower: number;
  /** The largest slope. */
  readonly upper: number;
  /** What it draws from, as a buffer that each call changes; `null` where that is the global sequence. */
  readonly key: Tensor | null;

  /** With slopes from `lower` to `upper`. */
  constructor(options: RReLUOptions = {}) {
    super();
    checkOptions("make an RReLU", options, { lower: 0, upper: 0, key: null });
    const { lower = 1 / 8, upper = 1 / 3, key } = options;
    checkSetting("make an RReLU", "slope", lower);
    checkSetting("make an RReLU", "largest slope", upper, lower);
    this.lower = lower;
    this.upper = upper;
    this.key = heldKey(key);
  }

  /** `x` with its slopes. */
  override forward(x: Tensor): Tensor {
    const { lower, upper, training, key } = this;
    return rrelu(x, { lower, upper, training, key: training && key ? drawKey(key) : undefined });
  }

  /** `RReLU(0.1, 0.3)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.lower}, ${this.upper})`;
  }
}
