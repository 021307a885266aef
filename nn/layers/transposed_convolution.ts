/** Layers of transposed convolutions. */
import {
  checkOptions,
  checkShape,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  described,
  type Pair,
  ShapeError,
  showShape,
  type Single,
  type Tensor,
  type TransposedConvolutionOptions,
  type Triple,
} from "@tapegrad/core";
import { axesNamed, Convolution, type ConvolutionKind, type ConvolutionLayerOptions } from "./convolution.ts";
import { drawnOptions } from "./drawn.ts";

/**
 * What {@link ConvTranspose2d} may be told: whether it adds a bias, and the options of {@link convTranspose2d}.
 *
 * @category Layers
 */
export type ConvTransposeOptions<Size = Pair> =
  & TransposedLayerOptions
  & Omit<TransposedConvolutionOptions<Size>, "bias">;

/**
 * What every layer of a transposed convolution may be told, beside options of its own.
 *
 * @category Layers
 */
export interface TransposedLayerOptions extends ConvolutionLayerOptions {
  /** Zeros, the only kind there is, as in PyTorch. */
  readonly paddingMode?: "zeros";
}

/**
 * What `forward` of a transposed convolution may be told.
 *
 * @category Layers
 */
export interface OutputSizeOptions {
  /** The extents of the output, or its shape, of those that are possible; the smallest, and `outputPadding` more, unless said. */
  readonly outputSize?: readonly number[];
}

const known = [
  ...Object.keys(drawnOptions),
  "stride",
  "padding",
  "outputPadding",
  "groups",
  "dilation",
  "paddingMode",
];

/**
 * What transposed convolutions have in common.
 *
 * @category Layers
 */
export abstract class TransposedConvolution
  extends Convolution<readonly [x: Tensor, options?: OutputSizeOptions]> {
  /** A layer with random parameters. */
  constructor(
    kind: Omit<ConvolutionKind, "isTransposed">,
    channels: readonly [inChannels: number, outChannels: number],
    kernelSize: number | readonly number[],
    { paddingMode = "zeros", ...options }: TransposedLayerOptions,
  ) {
    super({ ...kind, isTransposed: true }, channels, kernelSize, options);
    if (paddingMode === "zeros") return;
    throw new RangeError(
      `Cannot make a ${this.constructor.name} with a paddingMode of ${
        described(paddingMode)
      }: zeros alone can be`,
    );
  }

  /** The transposed convolution of `[inChannels, …extents]` or a batch of these. */
  override forward(x: Tensor, options: OutputSizeOptions = {}): Tensor {
    checkOptions(`apply ${this.describe()}`, options, { outputSize: [] });
    this.checkInput(x);
    const { outputSize } = options;
    return this.convolved(x, outputSize && { outputPadding: this.#beyond(x, outputSize) });
  }

  /** How many elements an output of this size has beyond the smallest one. */
  #beyond(x: Tensor, outputSize: readonly number[]): number[] {
    const given = checkShape(`apply ${this.describe()} with an outputSize of`, outputSize);
    const axes = this.kernelSize.length, size = given.length === x.rank ? given.slice(-axes) : given;
    const along = (name: string, fallback: number) => {
      const setting = (this.told[name] ?? fallback) as number | readonly number[];
      return this.kernelSize.map((_, i) => typeof setting === "number" ? setting : setting[i]);
    };
    const [stride, padding, dilation] = [along("stride", 1), along("padding", 0), along("dilation", 1)];
    const least = this.kernelSize.map((extent, i) => {
      const count = x.shape[x.rank - axes + i];
      return (count - 1) * stride[i] - 2 * padding[i] + dilation[i] * (extent - 1) + 1;
    });
    const beyond = least.map((n, i) => size[i] - n);
    if (size.length === axes && beyond.every((n, i) => n >= 0 && n < stride[i])) return beyond;
    throw new ShapeError(
      `Cannot apply ${this.describe()} to ${showShape(x.shape)} with an outputSize of ${showShape(size)}: ` +
        `it goes from ${showShape(least)} to ${showShape(least.map((n, i) => n + stride[i] - 1))}`,
      { op: this.constructor.name, shapes: [x.shape, size] },
    );
  }
}

/**
 * A transposed convolution of sequences, as `torch.nn.ConvTranspose1d`. See {@link ConvTranspose2d}.
 *
 * @category Layers
 */
export class ConvTranspose1d extends TransposedConvolution {
  /** A layer with random parameters. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Single,
    options: ConvTransposeOptions<Single> = {},
  ) {
    checkOptions("make a ConvTranspose1d", options, known);
    super({ convolve: convTranspose1d, axes: axesNamed[1] }, [inChannels, outChannels], kernelSize, options);
  }
}

/**
 * A transposed convolution of images, as `torch.nn.ConvTranspose2d`: {@link convTranspose2d} with a weight `[inChannels,
 * outChannels / groups, rows, columns]` and a bias, which start uniform between ±1/√fanIn, where fanIn is, as in
 * PyTorch, outChannels / groups times the size of a window. `forward` may be told the size of the output, of those
 * which a convolution with these options makes into the input; another one is a {@link ShapeError}.
 *
 * @category Layers
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Conv2d, ConvTranspose2d } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const down = new Conv2d(1, 4, 3, { stride: 2, padding: 1 }), up = new ConvTranspose2d(4, 1, 3, { stride: 2, padding: 1 });
 * const code = down.forward(zeros([5, 1, 8, 8]));
 * assertEquals(code.shape, [5, 4, 4, 4]);
 * assertEquals(up.forward(code).shape, [5, 1, 7, 7]);
 * assertEquals(up.forward(code, { outputSize: [8, 8] }).shape, [5, 1, 8, 8]);
 * ```
 */
export class ConvTranspose2d extends TransposedConvolution {
  /** A layer with random parameters. */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: ConvTransposeOptions = {}) {
    checkOptions("make a ConvTranspose2d", options, known);
    super({ convolve: convTranspose2d, axes: axesNamed[2] }, [inChannels, outChannels], kernelSize, options);
  }
}

/**
 * A transposed convolution of volumes, as `torch.nn.ConvTranspose3d`. See {@link ConvTranspose2d}.
 *
 * @category Layers
 */
export class ConvTranspose3d extends TransposedConvolution {
  /** A layer with random parameters. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Triple,
    options: ConvTransposeOptions<Triple> = {},
  ) {
    checkOptions("make a ConvTranspose3d", options, known);
    super({ convolve: convTranspose3d, axes: axesNamed[3] }, [inChannels, outChannels], kernelSize, options);
  }
}
