/** Convolutional layers. */
import {
  checkOptions,
  checkShape,
  checkTensor,
  conv1d,
  conv2d,
  conv3d,
  type ConvolutionOptions,
  described,
  type Pair,
  ShapeError,
  showShape,
  type Single,
  type Tensor,
  type Triple,
} from "@tapegrad/core";
import { Module } from "../module.ts";
import { drawn, type DrawnOptions, drawnOptions } from "./drawn.ts";
import { told } from "./told.ts";

/**
 * What sets kinds of convolutional layers apart.
 *
 * @category Layers
 */
export interface ConvolutionKind {
  /** What they call, as {@link conv2d}, with the options of the layer. */
  readonly convolve: (x: Tensor, weight: Tensor, options: never) => Tensor;
  /** The names of the axes that windows slide along. */
  readonly axes: readonly string[];
  /** Whether the channels of the input come first in the weight. */
  readonly isTransposed?: boolean;
}

/**
 * What every convolutional layer may be told, beside options of its own.
 *
 * @category Layers
 */
export interface ConvolutionLayerOptions extends DrawnOptions {
  /** In how many parts the channels are convolved apart from each other: 1 unless said. */
  readonly groups?: number;
}

/**
 * What {@link Conv2d} may be told: whether it adds a bias, and the options of {@link conv2d}, which PyTorch's layer
 * takes by the same names.
 *
 * @category Layers
 */
export type ConvOptions<Size = Pair> = ConvolutionLayerOptions & Omit<ConvolutionOptions<Size>, "bias">;

/**
 * What convolutional layers have in common: a weight, a bias, and what they call with these.
 *
 * @category Layers
 */
export abstract class Convolution<Inputs extends readonly unknown[] = readonly [x: Tensor]>
  extends Module<Inputs> {
  /** How many channels the input has. */
  readonly inChannels: number;
  /** How many channels the output has. */
  readonly outChannels: number;
  /** The extents of a window. */
  readonly kernelSize: readonly number[];
  /** In how many parts the channels are convolved apart from each other. */
  readonly groups: number;
  /** `[outChannels, inChannels / groups, …kernelSize]`; of a transposed one, `[inChannels, outChannels / groups, …kernelSize]`. */
  readonly weight: Tensor;
  /** `[outChannels]`, or `null` without one. */
  readonly bias: Tensor | null;
  readonly #kind: ConvolutionKind;
  readonly #told: Readonly<Record<string, unknown>>;

  /** A layer with random parameters, which calls what its kind says with the options that are not for these. */
  constructor(
    kind: ConvolutionKind,
    [inChannels, outChannels]: readonly [inChannels: number, outChannels: number],
    kernelSize: number | readonly number[],
    { bias, dtype, key, ...settings }: ConvolutionLayerOptions,
  ) {
    super();
    const asked = `make a ${this.constructor.name}`, { groups = 1 } = settings;
    checkGroups(asked, inChannels, outChannels, groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.groups = groups;
    this.kernelSize = windowOf(asked, kernelSize, kind.axes);
    const [first, second] = kind.isTransposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [first, second / groups, ...this.kernelSize];
    ({ weight: this.weight, bias: this.bias } = drawn(shape, outChannels, { bias, dtype, key }));
    this.#kind = kind;
    this.#told = settings;
  }

  /** The options that it was given, beside those for its parameters. */
  protected get told(): Readonly<Record<string, unknown>> {
    return this.#told;
  }

  /** What its kind calls, with its parameters, what it was told, and more. */
  protected convolved(x: Tensor, more: Readonly<Record<string, unknown>> = {}): Tensor {
    this.checkInput(x);
    const options = { ...this.#told, ...more, bias: this.bias ?? undefined };
    return this.#kind.convolve(x, this.weight, options as never);
  }

  /** Refuses an input that does not have the axes and channels which the layer takes. */
  protected checkInput(x: Tensor): void {
    const { axes } = this.#kind;
    checkTensor(`apply ${this.describe()} to`, x);
    const isBatch = x.rank === axes.length + 2, channels = x.shape[isBatch ? 1 : 0];
    if ((isBatch || x.rank === axes.length + 1) && channels === this.inChannels) return;
    throw new ShapeError(
      `Cannot apply ${this.describe()} to ${showShape(x.shape)}: ` +
        `[${[this.inChannels, ...axes].join(", ")}] or a batch of these is needed`,
      { op: this.constructor.name, shapes: [x.shape, this.weight.shape] },
    );
  }

  /** `Conv2d(3, 8, [3, 3], stride 2)`. */
  protected override describe(): string {
    const parts = [
      this.inChannels,
      this.outChannels,
      showShape(this.kernelSize),
      ...told(this.#told),
      ...this.bias ? [] : ["no bias"],
    ];
    return `${this.constructor.name}(${parts.join(", ")})`;
  }
}

function windowOf(
  asked: string,
  given: number | readonly number[],
  axes: readonly string[],
): readonly number[] {
  const window = checkShape(
    `${asked} with a kernel of`,
    typeof given === "number" ? axes.map(() => given) : given,
  );
  if (window.length === axes.length && !window.includes(0)) return window;
  throw new ShapeError(
    `Cannot ${asked} with a kernel of ${showShape(window)}: an extent from 1 is needed for ${
      axes.join(", ")
    }`,
  );
}

function checkGroups(asked: string, inChannels: number, outChannels: number, groups: number): void {
  checkShape(`${asked} with channels of`, [inChannels, outChannels]);
  if (Number.isInteger(groups) && groups > 0 && inChannels % groups === 0 && outChannels % groups === 0) {
    return;
  }
  throw new RangeError(
    `Cannot ${asked} of ${inChannels} to ${outChannels} channels in ${described(groups)} groups: ` +
      "an integer from 1 that divides both is needed",
  );
}

/** The names of axes, by how many there are. */
export const axesNamed = {
  1: ["length"],
  2: ["rows", "columns"],
  3: ["depth", "rows", "columns"],
} as const;

const known = [...Object.keys(drawnOptions), "stride", "padding", "paddingMode", "dilation", "groups"];

/**
 * A convolution of sequences, as `torch.nn.Conv1d`: {@link conv1d} with a weight and a bias. See {@link Conv2d}.
 *
 * @category Layers
 */
export class Conv1d extends Convolution {
  /** A layer with random parameters. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Single,
    options: ConvOptions<Single> = {},
  ) {
    checkOptions("make a Conv1d", options, known);
    super({ convolve: conv1d, axes: axesNamed[1] }, [inChannels, outChannels], kernelSize, options);
  }

  /** The convolution of `[inChannels, length]` or a batch of these. */
  override forward(x: Tensor): Tensor {
    return this.convolved(x);
  }
}

/**
 * A convolution of images, as `torch.nn.Conv2d`: {@link conv2d} with a weight and a bias, `[inChannels, rows, columns]`
 * or a batch of these to `[outChannels, rows, columns]`. Both start as PyTorch's, uniform between ±1/√fanIn, where fanIn
 * is how many elements of the input one of the output is computed from. Other channels are a {@link ShapeError}.
 *
 * @category Layers
 * @example
 * ```ts
 * import { ones, zeros } from "@tapegrad/core";
 * import { Conv2d } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new Conv2d(1, 4, 3, { stride: 2, padding: 1, paddingMode: "reflect" });
 * assertEquals(layer.forward(zeros([5, 1, 8, 8])).shape, [5, 4, 4, 4]);
 * assertEquals(layer.weight.shape, [4, 1, 3, 3]);
 *
 * const sum = new Conv2d(1, 1, [1, 2], { bias: false });
 * sum.loadStateDict({ weight: ones([1, 1, 1, 2]) });
 * assertEquals(await sum.forward(ones([1, 1, 3])).array(), [[[2, 2]]]);
 * assertEquals(String(sum), "Conv2d(1, 1, [1, 2], no bias), 2 parameters");
 * ```
 */
export class Conv2d extends Convolution {
  /** A layer with random parameters. */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: ConvOptions = {}) {
    checkOptions("make a Conv2d", options, known);
    super({ convolve: conv2d, axes: axesNamed[2] }, [inChannels, outChannels], kernelSize, options);
  }

  /** The convolution of `[inChannels, rows, columns]` or a batch of these. */
  override forward(x: Tensor): Tensor {
    return this.convolved(x);
  }
}

/**
 * A convolution of volumes, as `torch.nn.Conv3d`: {@link conv3d} with a weight and a bias. See {@link Conv2d}.
 *
 * @category Layers
 */
export class Conv3d extends Convolution {
  /** A layer with random parameters. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Triple,
    options: ConvOptions<Triple> = {},
  ) {
    checkOptions("make a Conv3d", options, known);
    super({ convolve: conv3d, axes: axesNamed[3] }, [inChannels, outChannels], kernelSize, options);
  }

  /** The convolution of `[inChannels, depth, rows, columns]` or a batch of these. */
  override forward(x: Tensor): Tensor {
    return this.convolved(x);
  }
}
