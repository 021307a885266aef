/** Normalisation of channels over a batch or of each image, with statistics that run along. */
import { dtypes, isFloating } from "../../base/dtype.ts";
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import { sizeOf } from "../../base/shape.ts";
import { registerFunctions } from "../../call/catalog.ts";
import { checkFloating, type TensorLike } from "../../define/operands.ts";
import { defineUpdates } from "../../define/update.ts";
import { e } from "../../expr/e.ts";
import type { Expr } from "../../expr/expr.ts";
import { cast, mapped } from "../../primitives/functions.ts";
import { filled } from "../../tensor/constants.ts";
import type { Scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mul } from "../arithmetic.ts";
import { mean as meanOver } from "../statistics.ts";
import { wide } from "../widen.ts";
import { type NativeNorm, nativeOf, type Standardized, standardized } from "./group_norm.ts";
import { checkParts, epsOf, placed, scaleOf, type Scaling } from "./normalizing.ts";

/**
 * What {@link batchNorm} and {@link instanceNorm} may be told alike.
 *
 * @category Network functions
 */
export interface ChannelOptions {
  /** What each channel is multiplied by: `[channels]`, of x's dtype. */
  readonly weight?: Tensor | null | undefined;
  /** What is added to each channel then, likewise. */
  readonly bias?: Tensor | null | undefined;
  /** The part of new statistics in those that run along, which keep the rest: 0.1 unless said. */
  readonly momentum?: TensorLike;
  /** What is added to the variance before its root is taken: 1e-5 unless said. */
  readonly eps?: number | Scalar | undefined;
}

/**
 * What {@link batchNorm} may be told.
 *
 * @category Network functions
 */
export interface BatchNormOptions extends ChannelOptions {
  /** Whether to normalise by the statistics of the batch, and to take them into those that run along; not unless said. */
  readonly training?: boolean;
}

/**
 * What {@link instanceNorm} may be told.
 *
 * @category Network functions
 */
export interface InstanceNormOptions extends ChannelOptions {
  /** A mean of each channel that runs along; it is changed in place. */
  readonly runningMean?: Tensor | null | undefined;
  /** A variance of each channel that runs along, likewise. */
  readonly runningVar?: Tensor | null | undefined;
  /** Whether to normalise by the statistics of x, and to take them into those that run along; it does unless said. */
  readonly useInputStats?: boolean;
}

/** Statistics that run along, both or none. */
interface Running {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

const track = /* @__PURE__ */ defineUpdates("track", (mean, variance, found, spread, momentum, unbiasing) => {
  const mixed = (old: Expr, next: Expr) => e.add(e.mul(momentum, next), e.mul(e.sub(1, momentum), old));
  return [mixed(mean, found), mixed(variance, e.mul(spread, unbiasing))];
});

// What runs along is the unbiased variance, though x is normalised by the biased one.
function follow(
  running: Running,
  found: Omit<Standardized, "output">,
  momentum: TensorLike,
  count: number,
): void {
  track([running.mean, running.variance], found.mean, found.variance, momentum, count / (count - 1));
}

const shifted = /* @__PURE__ */ mapped(
  "batchNorm",
  (x, mean, factor, level) => e.add(e.mul(e.sub(x, mean), factor), level),
);

/** By statistics that are given. */
function byRunning(given: Tensor, running: Running, { weight, bias, eps }: Scaling): Tensor {
  const x = wide(given), [mean, variance] = [running.mean, running.variance].map((t) => wide(t.detach()));
  const scale = scaleOf(variance, epsOf(given, eps)), along = (part: Tensor) => placed(part, x.shape, [1]);
  const factor = weight ? mul(scale, wide(weight)) : scale;
  const level = bias ? along(wide(bias)) : filled(0, [], x);
  return cast(shifted(x, along(mean), along(factor), level), given.dtype);
}

/** A normalisation of channels, by what sets two of them apart. */
interface Asked {
  readonly name: string;
  readonly running: readonly (Tensor | null | undefined)[];
  readonly options: ChannelOptions;
  /** By the statistics of x, else by those that run along. */
  readonly ofInput: boolean;
  /** Of each image apart, not of all of a batch. */
  readonly apart: boolean;
}

function checkChannels({ name, ofInput, apart }: Asked, x: Tensor): void {
  const [batch, channels, ...rest] = x.shape, count = sizeOf(apart ? rest : [batch, ...rest]);
  if (x.rank > 1 && !(ofInput && count === 1)) return;
  throw new ShapeError(
    `Cannot ${name} ${showShape(x.shape)}: ${
      x.rank < 2
        ? "[batch, channels, ...] is needed"
        : `${channels} channels of one value each${
          apart ? " and image" : ""
        } have no variance, more are needed`
    }`,
    { op: name, shapes: [x.shape] },
  );
}

function runningOf({ name, running: [mean, variance], ofInput }: Asked, x: Tensor): Running | null {
  checkParts(name, x, [x.shape[1]], { "running mean": mean, "running variance": variance });
  if (mean && variance) return { mean, variance };
  if (!mean && !variance && ofInput) return null;
  throw new TypeError(
    `Cannot ${name} with ${
      mean ? "a running mean alone" : variance ? "a running variance alone" : "no statistics"
    }: give both, or normalise by those of x`,
  );
}

/** By statistics of x, which those that run along follow; x of no elements leaves them as they are. */
function byOwn(
  x: Tensor,
  running: Running | null,
  { apart, options }: Asked,
  scaling: Scaling,
): Standardized {
  const axes = x.shape.map((_, i) => i).filter((axis) => apart ? axis > 1 : axis !== 1);
  const found = standardized(x, { axes, along: [1] }, scaling);
  if (running && x.size > 0) {
    const [mean, variance] = [found.mean, found.variance].map((t) => apart ? meanOver(t, 0) : t);
    const count = sizeOf(axes.map((axis) => x.shape[axis]));
    follow(running, { mean, variance }, options.momentum ?? 0.1, count);
  }
  return found;
}

function channelsOf(x: Tensor, asked: Asked): Standardized {
  const { name, ofInput, options: { weight, bias, eps = 1e-5 } } = asked;
  checkFloating(name, x);
  if (x.rank === 1 && x.size === 0) return { output: x, mean: x, variance: x }; // as PyTorch, without channels
  checkChannels(asked, x);
  checkParts(name, x, [x.shape[1]], { weight, bias });
  const running = runningOf(asked, x), scaling = { weight, bias, eps };
  if (ofInput) return byOwn(x, running, asked, scaling);
  const none = filled(0, [0], wide(x));
  return { output: byRunning(x, running!, scaling), mean: none, variance: none };
}

const known = { weight: null, bias: null, momentum: null, eps: null };

function ofBatch(
  name: string,
  x: Tensor,
  running: Asked["running"],
  options: BatchNormOptions,
): Standardized {
  checkOptions(name, options, { ...known, training: true });
  return channelsOf(x, { name, running, options, ofInput: options.training ?? false, apart: false });
}

/**
 * (x - mean)/√(variance + eps) of each channel of `[batch, channels, …]`, times a weight and plus a bias of it, as
 * `torch.nn.functional.batch_norm`: by the running statistics, or in training by those of the batch, which the running
 * ones then follow in place: momentum·new + (1 - momentum)·old, of which the variance is the unbiased one. They are
 * `null` where none are kept. Ioffe and Szegedy (2015).
 *
 * Integers, and parts of another dtype, are a {@link DtypeError}; other shapes, and in training one value a channel, a
 * {@link ShapeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { batchNorm, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 0], [3, 20]]), mean = tensor([0, 0]), variance = tensor([1, 1]);
 * const options = { training: true, momentum: 0.5, eps: 0 };
 * assertEquals(await batchNorm(x, mean, variance, options).array(), [[-1, -1], [1, 1]]);
 * assertEquals(await mean.array(), [1, 5]);
 * assertEquals(await variance.array(), [1.5, 100.5]);
 * assertEquals(await batchNorm(x, tensor([1, 0]), tensor([4, 1]), { eps: 0 }).array(), [[0, 0], [1, 20]]);
 * ```
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormOptions = {},
): Tensor {
  return ofBatch("batchNorm", x, [runningMean, runningVar], options).output;
}

/**
 * {@link batchNorm} with the mean and the inverse of each channel that it took of the batch, which out of training are
 * empty, as `torch.native_batch_norm`.
 *
 * @category Network functions
 */
export function nativeBatchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormOptions = {},
): NativeNorm {
  const found = ofBatch("nativeBatchNorm", x, [runningMean, runningVar], options);
  return nativeOf(found, options.eps ?? 1e-5);
}

/**
 * (x - mean)/√(variance + eps) of each image and channel of `[batch, channels, …]`, times a weight and plus a bias of
 * each channel, as `torch.nn.functional.instance_norm`. Where statistics run along they follow the mean of those of all
 * images, as {@link batchNorm}'s; with `useInputStats: false` they take the place of x's. Errors are those of {@link
 * batchNorm}. Ulyanov, Vedaldi and Lempitsky (2016).
 *
 * @category Network functions
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions = {}): Tensor {
  const name = "instanceNorm";
  checkOptions(name, options, { ...known, runningMean: null, runningVar: null, useInputStats: true });
  const { runningMean, runningVar, useInputStats = true } = options;
  return channelsOf(x, {
    name,
    running: [runningMean, runningVar],
    options,
    ofInput: useInputStats,
    apart: true,
  }).output;
}

registerFunctions({ batchNorm: 1, nativeBatchNorm: 1, instanceNorm: 1 }, {
  dtypes: dtypes.filter(isFloating),
});
