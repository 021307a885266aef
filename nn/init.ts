/**
 * Initial values of parameters, in place and off the tape: each function fills the tensor it is
 * given and returns it. This is the namespace `init` of `@tapegrad/nn`.
 *
 * @module
 */
import * as core from "@tapegrad/core";
import { quoted, ShapeError, showShape, type Tensor } from "@tapegrad/core";
import { type InitOptions, normal, uniform } from "./init/filling.ts";

export {
  constant,
  type InitOptions,
  normal,
  ones,
  truncNormal,
  type TruncNormalOptions,
  uniform,
  zeros,
} from "./init/filling.ts";
export * from "./init/matrices.ts";

/**
 * How many values a unit of a layer reads and feeds.
 *
 * @category Initial values
 */
export interface Fans {
  /** Values that one output is computed from. */
  readonly fanIn: number;
  /** Values that one input has influence on. */
  readonly fanOut: number;
}

/**
 * The fans of a weight `[out, in, …window]`: `in` and `out`, each times the size of the window.
 * Fewer than two axes are a {@link ShapeError}.
 *
 * @category Initial values
 * @example
 * ```ts
 * import { init } from "@tapegrad/nn";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(init.fans([8, 3, 5, 5]), { fanIn: 75, fanOut: 200 });
 * ```
 */
export function fans(given: readonly number[]): Fans {
  const shape = core.checkShape("tell the fans of", given);
  if (shape.length < 2) {
    throw new ShapeError(
      `Cannot tell the fans of ${showShape(shape)}: a weight has at least two axes, [out, in, …]`,
      { op: "fans", shapes: [shape] },
    );
  }
  const window = shape.slice(2).reduce((n, extent) => n * extent, 1);
  return { fanIn: shape[1] * window, fanOut: shape[0] * window };
}

/**
 * What follows the layer, as far as its {@link gain} is concerned.
 *
 * @category Initial values
 */
export type Nonlinearity =
  | "linear"
  | `conv${1 | 2 | 3}d`
  | `convTranspose${1 | 2 | 3}d`
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leakyRelu"
  | "selu";

/**
 * The factor by which initial values grow to make up for a nonlinearity, as PyTorch's: 1 for linear
 * and sigmoid, 5/3 for tanh, √2 for relu, √(2/(1 + slope²)) for leakyRelu, ¾ for selu.
 *
 * @category Initial values
 * @example
 * ```ts
 * import { init } from "@tapegrad/nn";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(init.gain("tanh"), 5 / 3);
 * assertEquals(init.gain("leakyRelu", { slope: 1 }), 1);
 * ```
 */
export function gain(nonlinearity: Nonlinearity, options: { readonly slope?: number } = {}): number {
  core.checkOptions("tell the gain", options, { slope: 1 });
  const { slope = 0.01 } = options;
  core.checkSetting("tell the gain", "slope", slope);
  const gains: Readonly<Record<Nonlinearity, number>> = {
    linear: 1,
    conv1d: 1,
    conv2d: 1,
    conv3d: 1,
    convTranspose1d: 1,
    convTranspose2d: 1,
    convTranspose3d: 1,
    sigmoid: 1,
    tanh: 5 / 3,
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + slope ** 2)),
    selu: 3 / 4,
  };
  if (typeof nonlinearity === "string" && Object.hasOwn(gains, nonlinearity)) return gains[nonlinearity];
  throw new TypeError(
    `Cannot tell the gain of ${core.described(nonlinearity)}: choose one of ${Object.keys(gains).join(", ")}`,
  );
}

/**
 * {@link gain} as PyTorch writes it, with the slope of leakyRelu behind: `torch.nn.init.calculate_gain`.
 *
 * @category Initial values
 */
export function calculateGain(nonlinearity: Nonlinearity, param?: number): number {
  return gain(nonlinearity, param === undefined ? {} : { slope: param });
}

/**
 * What {@link xavierUniform} and {@link xavierNormal} may be told.
 *
 * @category Initial values
 */
export interface XavierOptions extends InitOptions {
  /** A factor of the values, as from {@link gain}; 1 unless said. */
  readonly gain?: number;
}

function xavierStd(target: Tensor, options: XavierOptions): number {
  core.checkTensor("fill", target);
  core.checkOptions("fill a tensor", options, { gain: 1, key: null });
  const { fanIn, fanOut } = fans(target.shape);
  const { gain = 1 } = options;
  core.checkSetting("fill a tensor", "gain", gain, 0);
  return gain * Math.sqrt(2 / Math.max(1, fanIn + fanOut));
}

// Uniform numbers between ±√3 have a standard deviation of 1.
function symmetric(target: Tensor, std: number, options: InitOptions): Tensor {
  const high = Math.sqrt(3) * std;
  return uniform(target, { low: -high, high, ...(options.key && { key: options.key }) });
}

function gaussian(target: Tensor, std: number, options: InitOptions): Tensor {
  return normal(target, { std, ...(options.key && { key: options.key }) });
}

/**
 * Fills a weight with uniform numbers of standard deviation gain·√(2/(fanIn + fanOut)), as Glorot
 * and Bengio (2010): `torch.nn.init.xavier_uniform_`.
 *
 * @category Initial values
 * @example
 * ```ts
 * import { key, zeros } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertLess } from "@std/assert";
 *
 * const w = init.xavierUniform(zeros([60, 40]), { gain: init.gain("tanh"), key: key(1) });
 * assertAlmostEquals(await w.std().item(), 5 / 3 * Math.sqrt(2 / 100), 0.01);
 * assertLess(await w.abs().max().item(), 5 / 3 * Math.sqrt(6 / 100));
 * ```
 */
export function xavierUniform(target: Tensor, options: XavierOptions = {}): Tensor {
  return symmetric(target, xavierStd(target, options), options);
}

/**
 * Fills a weight with normal numbers of standard deviation gain·√(2/(fanIn + fanOut)), as Glorot
 * and Bengio (2010): `torch.nn.init.xavier_normal_`.
 *
 * @category Initial values
 * @example
 * ```ts
 * import { key, zeros } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const w = init.xavierNormal(zeros([100, 100]), { key: key(1) });
 * assertAlmostEquals(await w.std().item(), 0.1, 0.01);
 * ```
 */
export function xavierNormal(target: Tensor, options: XavierOptions = {}): Tensor {
  return gaussian(target, xavierStd(target, options), options);
}

/**
 * What {@link kaimingUniform} and {@link kaimingNormal} may be told.
 *
 * @category Initial values
 */
export interface KaimingOptions extends InitOptions {
  /** Whether the variance is kept going forward, `"fanIn"`, as unless said, or backward, `"fanOut"`. */
  readonly mode?: "fanIn" | "fanOut";
  /** What follows the layer; leakyRelu unless said, as in PyTorch. */
  readonly nonlinearity?: Nonlinearity;
  /** The slope of leakyRelu below 0; 0 unless said. */
  readonly slope?: number;
}

function kaimingStd(target: Tensor, options: KaimingOptions): number {
  core.checkTensor("fill", target);
  core.checkOptions("fill a tensor", options, { mode: "fanIn", nonlinearity: null, slope: 0, key: null });
  const { mode = "fanIn", nonlinearity = "leakyRelu", slope = 0 } = options;
  if (mode !== "fanIn" && mode !== "fanOut") {
    throw new TypeError(`Cannot fill a tensor in mode ${quoted(mode)}: choose fanIn or fanOut`);
  }
  return gain(nonlinearity, { slope }) / Math.sqrt(Math.max(1, fans(target.shape)[mode]));
}

/**
 * Fills a weight with uniform numbers of standard deviation gain/√fan, as He et al. (2015):
 * `torch.nn.init.kaiming_uniform_`.
 *
 * @category Initial values
 * @example
 * ```ts
 * import { key, zeros } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertLess } from "@std/assert";
 *
 * const w = init.kaimingUniform(zeros([40, 50]), { nonlinearity: "relu", key: key(1) });
 * assertAlmostEquals(await w.std().item(), Math.sqrt(2 / 50), 0.01);
 * assertLess(await w.abs().max().item(), Math.sqrt(6 / 50));
 * ```
 */
export function kaimingUniform(target: Tensor, options: KaimingOptions = {}): Tensor {
  return symmetric(target, kaimingStd(target, options), options);
}

/**
 * Fills a weight with normal numbers of standard deviation gain/√fan, as He et al. (2015):
 * `torch.nn.init.kaiming_normal_`.
 *
 * @category Initial values
 * @example
 * ```ts
 * import { key, zeros } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const w = init.kaimingNormal(zeros([100, 200]), { nonlinearity: "relu", key: key(1) });
 * assertAlmostEquals(await w.std().item(), 0.1, 0.01);
 * ```
 */
export function kaimingNormal(target: Tensor, options: KaimingOptions = {}): Tensor {
  return gaussian(target, kaimingStd(target, options), options);
}
