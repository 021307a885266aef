/** Normalisation of groups of channels, and normalisations that give what they took of each lane. */
import { dtypes, isFloating } from "../../base/dtype.ts";
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import { isCount, reducedShape, type Shape, sizeOf } from "../../base/shape.ts";
import { described } from "../../base/text.ts";
import { applyAll } from "../../call/apply.ts";
import { registerFunctions } from "../../call/catalog.ts";
import { checkFloating } from "../../define/operands.ts";
import { reshape } from "../../primitives/functions.ts";
import type { Scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LayerNormOptions } from "./normalization.ts";
import {
  centredFormulas,
  checkLast,
  checkParts,
  defineNorm,
  epsOf,
  inputsOf,
  lastAxes,
  type NormAttributes,
  scaleOf,
  type Scaling,
} from "./normalizing.ts";

const standardize = /* @__PURE__ */ defineNorm("standardize", centredFormulas, { measures: true });

/** What a normalisation gives, and the mean and variance that it took, in at least f32 and off the tape. */
export interface Standardized {
  /** Of the shape and dtype of x. */
  readonly output: Tensor;
  /** The mean of each lane. */
  readonly mean: Tensor;
  /** Σ(x - mean)²/n of each lane. */
  readonly variance: Tensor;
}

/** (x - mean)/√(variance + eps) over axes, times a weight and plus a bias along axes. */
export function standardized(
  x: Tensor,
  attributes: Required<NormAttributes>,
  scaling: Scaling,
): Standardized {
  const extents = attributes.along.map((axis) => x.shape[axis]);
  const [output, mean, variance] = applyAll(standardize, inputsOf(x, extents, scaling), attributes);
  return { output, mean: mean.detach(), variance: variance.detach() };
}

/**
 * What a normalisation gives, and what it took of each lane for that, in at least f32 and off the tape.
 *
 * @category Network functions
 */
export interface NativeNorm {
  /** Of the shape and dtype of x. */
  readonly output: Tensor;
  /** The mean of each lane. */
  readonly mean: Tensor;
  /** 1/√(variance + eps) of each lane. */
  readonly inverse: Tensor;
}

/** What was taken of each lane, in a shape. */
export function nativeOf(
  { output, mean, variance }: Standardized,
  eps: number | Scalar,
  shape: Shape = mean.shape,
): NativeNorm {
  const inverse = scaleOf(variance, epsOf(variance, eps));
  return { output, mean: reshape(mean, shape), inverse: reshape(inverse, shape) };
}

/**
 * What {@link groupNorm} may be told.
 *
 * @category Network functions
 */
export interface GroupNormOptions {
  /** What each channel is multiplied by: `[channels]`, of x's dtype. */
  readonly weight?: Tensor | null | undefined;
  /** What is added to each channel then, likewise. */
  readonly bias?: Tensor | null | undefined;
  /** What is added to the variance before its root is taken: 1e-5 unless said. */
  readonly eps?: number | Scalar | undefined;
}

function checkGroups(name: string, x: Tensor, groups: number): void {
  checkFloating(name, x);
  const [batch, channels, ...rest] = x.shape;
  const problem = x.rank < 2
    ? "[batch, channels, ...] is needed"
    : !isCount(groups) || groups === 0 || channels % groups > 0
    ? `${channels} channels do not make ${described(groups)} groups of one size`
    : batch * (channels / groups) * sizeOf(rest) === 1
    ? "one element has no variance, more are needed"
    : null;
  if (problem === null) return;
  throw new ShapeError(`Cannot ${name} ${showShape(x.shape)} in ${described(groups)} groups: ${problem}`, {
    op: name,
    shapes: [x.shape],
  });
}

function byGroups(name: string, x: Tensor, groups: number, options: GroupNormOptions): NativeNorm {
  checkOptions(name, options, { weight: null, bias: null, eps: null });
  checkGroups(name, x, groups);
  const { weight, bias, eps = 1e-5 } = options, [batch, channels, ...rest] = x.shape;
  checkParts(name, x, [channels], { weight, bias });
  const inside = [groups, channels / groups], grouped = reshape(x, [batch, ...inside, ...rest]);
  const scaling = { weight: weight && reshape(weight, inside), bias: bias && reshape(bias, inside), eps };
  const axes = grouped.shape.map((_, i) => i).slice(2);
  const found = standardized(grouped, { axes, along: [1, 2] }, scaling);
  return nativeOf({ ...found, output: reshape(found.output, x.shape) }, eps);
}

/**
 * (x - mean)/√(variance + eps) of each image and group of channels, of `[batch, channels, …]`, times a weight and plus a
 * bias of each channel, as `torch.nn.functional.group_norm`. Integers, and a weight or bias of another dtype, are a
 * {@link DtypeError}; channels that do not make groups of one size, and a single element to normalise, are a {@link
 * ShapeError}. Wu and He (2018).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { groupNorm, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 3, -20, 0]]), weight = tensor([1, 1, 1, 10]);
 * assertEquals(await groupNorm(x, 2, { weight, eps: 0 }).array(), [[-1, 1, -1, 10]]);
 * ```
 */
export function groupNorm(x: Tensor, groups: number, options: GroupNormOptions = {}): Tensor {
  return byGroups("groupNorm", x, groups, options).output;
}

/**
 * {@link groupNorm} with mean and inverse of each image and group, `[batch, groups]`, as `torch.native_group_norm`.
 *
 * @category Network functions
 */
export function nativeGroupNorm(x: Tensor, groups: number, options: GroupNormOptions = {}): NativeNorm {
  return byGroups("nativeGroupNorm", x, groups, options);
}

/**
 * `layerNorm` with mean and inverse of each lane, which have the shape of x with extents of 1 along the axes that are
 * normalised over, as `torch.native_layer_norm`. Errors are those of `layerNorm`.
 *
 * @category Network functions
 */
export function nativeLayerNorm(
  x: Tensor,
  normalizedShape: Shape,
  options: LayerNormOptions = {},
): NativeNorm {
  checkOptions("nativeLayerNorm", options, { weight: null, bias: null, eps: null });
  checkLast("nativeLayerNorm", x, normalizedShape, options);
  const { weight, bias, eps = 1e-5 } = options, axes = lastAxes(x, normalizedShape);
  const found = standardized(x, { axes, along: axes }, { weight, bias, eps });
  return nativeOf(found, eps, reducedShape(x.shape, axes, true));
}

registerFunctions({ groupNorm: 1, nativeGroupNorm: 1, nativeLayerNorm: 1 }, {
  dtypes: dtypes.filter(isFloating),
});
