/** Layers that are not told how many features or channels their inputs have. */
import { key, type Pair, type Shape, type Single, type Triple } from "@tapegrad/core";
import type { DrawnOptions } from "./drawn.ts";
import { type Lazy, makeLazy } from "../lazy.ts";
import type { AnyModule } from "../module.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "./batch_norm.ts";
import type { ChannelNormOptions } from "./channel_norm.ts";
import { Conv1d, Conv2d, Conv3d, type ConvOptions } from "./convolution.ts";
import { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from "./instance_norm.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { shown } from "./told.ts";
import {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from "./transposed_convolution.ts";

type Classes = Lazy["classes"];
type ConvClass = new (...args: never[]) => AnyModule;
type NormClass = new (numFeatures: number, options: ChannelNormOptions) => AnyModule;

// What is made before the extents are known is not kept: the global sequence does not pay for it.
function undrawn<Options extends DrawnOptions>(options: Options): Options {
  return { ...options, key: key(0) };
}

/** The channels of a shape with so many axes behind them, with a batch or without. */
function channels(shape: Shape, axes: number): number | undefined {
  return shape.length === axes + 2 ? shape[1] : shape.length === axes + 1 ? shape[0] : undefined;
}

function lazyConvolution(
  layer: AnyModule,
  [own, full]: readonly [own: { readonly prototype: AnyModule }, full: ConvClass],
  axes: number,
  given: readonly [outChannels: number, kernelSize: unknown, options: { readonly groups?: number }],
  isTransposed = false,
): void {
  const [outChannels, kernelSize, options] = given, { groups = 1 } = options;
  makeLazy(layer, {
    classes: [own, full] as unknown as Classes,
    told: `${outChannels}, ${shown(kernelSize)}`,
    extent: "inChannels",
    ofInput: (shape) => channels(shape, axes),
    ofState(shapeOf): number | undefined {
      const shape = shapeOf("weight");
      return shape && (isTransposed ? shape[0] : shape[1] * groups);
    },
    make: (count) => new (full as new (...args: unknown[]) => AnyModule)(count, ...given),
  });
}

function lazyNorm(
  layer: AnyModule,
  [own, full]: readonly [own: { readonly prototype: AnyModule }, full: NormClass],
  ofInput: Lazy["ofInput"],
  options: ChannelNormOptions,
): void {
  makeLazy(layer, {
    classes: [own, full] as unknown as Classes,
    told: "",
    extent: "numFeatures",
    ofInput,
    ofState: (shapeOf) => (shapeOf("weight") ?? shapeOf("running_mean"))?.[0],
    make: (count) => new full(count, options),
  });
}

/**
 * A {@link Linear} whose `inFeatures` is the last extent of its first input, or what a state that is loaded has:
 * `torch.nn.LazyLinear`. It is a `Linear` from then on. Before that it has no parameters, and asking for them, as an
 * optimizer does, is an error that says so.
 *
 * @category Layers
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { LazyConv2d, LazyLinear, Linear, Sequential } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assert, assertEquals, assertThrows } from "@std/assert";
 *
 * const model = new Sequential(new LazyConv2d(4, 3), new LazyLinear(2));
 * assertThrows(() => model.parameters(), TypeError, "call it once before");
 * assertEquals(model.forward(zeros([5, 1, 8, 8])).shape, [5, 4, 6, 2]);
 * assert(model[1] instanceof Linear && !(model[1] instanceof LazyLinear));
 * assertEquals(model.parameters().map(({ shape }) => shape), [[4, 1, 3, 3], [4], [2, 6], [2]]);
 * ```
 */
export class LazyLinear extends Linear {
  /** A layer that is told its outputs. */
  constructor(outFeatures: number, options: LinearOptions = {}) {
    super(0, outFeatures, undrawn(options));
    makeLazy(this as AnyModule, {
      classes: [LazyLinear, Linear] as unknown as Classes,
      told: String(outFeatures),
      extent: "inFeatures",
      ofInput: (shape) => shape.at(-1),
      ofState: (shapeOf) => shapeOf("weight")?.[1],
      make: (count) => new Linear(count, outFeatures, options),
    });
  }
}

/**
 * A {@link Conv1d} whose `inChannels` are those of its first input: `torch.nn.LazyConv1d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyConv1d extends Conv1d {
  /** A layer that is told its outputs. */
  constructor(outChannels: number, kernelSize: Single, options: ConvOptions<Single> = {}) {
    super(0, outChannels, kernelSize, undrawn(options));
    lazyConvolution(this as AnyModule, [LazyConv1d, Conv1d], 1, [outChannels, kernelSize, options]);
  }
}

/**
 * A {@link Conv2d} whose `inChannels` are those of its first input: `torch.nn.LazyConv2d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyConv2d extends Conv2d {
  /** A layer that is told its outputs. */
  constructor(outChannels: number, kernelSize: Pair, options: ConvOptions<Pair> = {}) {
    super(0, outChannels, kernelSize, undrawn(options));
    lazyConvolution(this as AnyModule, [LazyConv2d, Conv2d], 2, [outChannels, kernelSize, options]);
  }
}

/**
 * A {@link Conv3d} whose `inChannels` are those of its first input: `torch.nn.LazyConv3d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyConv3d extends Conv3d {
  /** A layer that is told its outputs. */
  constructor(outChannels: number, kernelSize: Triple, options: ConvOptions<Triple> = {}) {
    super(0, outChannels, kernelSize, undrawn(options));
    lazyConvolution(this as AnyModule, [LazyConv3d, Conv3d], 3, [outChannels, kernelSize, options]);
  }
}

/**
 * A {@link ConvTranspose1d} whose `inChannels` are those of its first input: `torch.nn.LazyConvTranspose1d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyConvTranspose1d extends ConvTranspose1d {
  /** A layer that is told its outputs. */
  constructor(outChannels: number, kernelSize: Single, options: ConvTransposeOptions<Single> = {}) {
    super(0, outChannels, kernelSize, undrawn(options));
    const given = [outChannels, kernelSize, options] as const;
    lazyConvolution(this as AnyModule, [LazyConvTranspose1d, ConvTranspose1d], 1, given, true);
  }
}

/**
 * A {@link ConvTranspose2d} whose `inChannels` are those of its first input: `torch.nn.LazyConvTranspose2d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyConvTranspose2d extends ConvTranspose2d {
  /** A layer that is told its outputs. */
  constructor(outChannels: number, kernelSize: Pair, options: ConvTransposeOptions<Pair> = {}) {
    super(0, outChannels, kernelSize, undrawn(options));
    const given = [outChannels, kernelSize, options] as const;
    lazyConvolution(this as AnyModule, [LazyConvTranspose2d, ConvTranspose2d], 2, given, true);
  }
}

/**
 * A {@link ConvTranspose3d} whose `inChannels` are those of its first input: `torch.nn.LazyConvTranspose3d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyConvTranspose3d extends ConvTranspose3d {
  /** A layer that is told its outputs. */
  constructor(outChannels: number, kernelSize: Triple, options: ConvTransposeOptions<Triple> = {}) {
    super(0, outChannels, kernelSize, undrawn(options));
    const given = [outChannels, kernelSize, options] as const;
    lazyConvolution(this as AnyModule, [LazyConvTranspose3d, ConvTranspose3d], 3, given, true);
  }
}

/**
 * A {@link BatchNorm1d} of the channels of its first input: `torch.nn.LazyBatchNorm1d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyBatchNorm1d extends BatchNorm1d {
  /** A layer that is told its options. */
  constructor(options: ChannelNormOptions = {}) {
    super(0, options);
    const ofInput = (shape: Shape) => shape.length === 2 || shape.length === 3 ? shape[1] : undefined;
    lazyNorm(this as AnyModule, [LazyBatchNorm1d, BatchNorm1d], ofInput, options);
  }
}

/**
 * A {@link BatchNorm2d} of the channels of its first input: `torch.nn.LazyBatchNorm2d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyBatchNorm2d extends BatchNorm2d {
  /** A layer that is told its options. */
  constructor(options: ChannelNormOptions = {}) {
    super(0, options);
    const ofInput = (shape: Shape) => shape.length === 4 ? shape[1] : undefined;
    lazyNorm(this as AnyModule, [LazyBatchNorm2d, BatchNorm2d], ofInput, options);
  }
}

/**
 * A {@link BatchNorm3d} of the channels of its first input: `torch.nn.LazyBatchNorm3d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyBatchNorm3d extends BatchNorm3d {
  /** A layer that is told its options. */
  constructor(options: ChannelNormOptions = {}) {
    super(0, options);
    const ofInput = (shape: Shape) => shape.length === 5 ? shape[1] : undefined;
    lazyNorm(this as AnyModule, [LazyBatchNorm3d, BatchNorm3d], ofInput, options);
  }
}

/**
 * An {@link InstanceNorm1d} of the channels of its first input: `torch.nn.LazyInstanceNorm1d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyInstanceNorm1d extends InstanceNorm1d {
  /** A layer that is told its options. */
  constructor(options: ChannelNormOptions = {}) {
    super(0, options);
    lazyNorm(this as AnyModule, [LazyInstanceNorm1d, InstanceNorm1d], (shape) => channels(shape, 1), options);
  }
}

/**
 * An {@link InstanceNorm2d} of the channels of its first input: `torch.nn.LazyInstanceNorm2d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyInstanceNorm2d extends InstanceNorm2d {
  /** A layer that is told its options. */
  constructor(options: ChannelNormOptions = {}) {
    super(0, options);
    lazyNorm(this as AnyModule, [LazyInstanceNorm2d, InstanceNorm2d], (shape) => channels(shape, 2), options);
  }
}

/**
 * An {@link InstanceNorm3d} of the channels of its first input: `torch.nn.LazyInstanceNorm3d`. See {@link LazyLinear}.
 *
 * @category Layers
 */
export class LazyInstanceNorm3d extends InstanceNorm3d {
  /** A layer that is told its options. */
  constructor(options: ChannelNormOptions = {}) {
    super(0, options);
    lazyNorm(this as AnyModule, [LazyInstanceNorm3d, InstanceNorm3d], (shape) => channels(shape, 3), options);
  }
}
