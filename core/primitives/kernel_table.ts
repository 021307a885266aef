/** The kernels that backends may have, by the names of ops. */
import type { Kernel } from "../device/backend.ts";
import type { AttentionKernels } from "./attention_kernels.ts";
import type {
  AxesAttributes,
  AxisAttributes,
  CountAttributes,
  CrossEntropyAttributes,
  CumulateAttributes,
  ElementExpr,
  FoldAttributes,
  MapAttributes,
  MapsAttributes,
  NormBackwardAttributes,
  ReduceAttributes,
  RowsAttributes,
  ScatterAttributes,
  SortAttributes,
  StandardizeAttributes,
} from "./attributes.ts";
import type { ConvolutionKernels } from "./convolution_kernels.ts";

/**
 * The kernels that primitives need of a backend. Those that it lacks are refused when they are called.
 *
 * @category Backends
 */
export interface PrimitiveKernels {
  /** Elementwise; inputs repeat by stride 0 to the one shape of all. */
  readonly map: Kernel<MapAttributes>;
  /** Reduces inputs of one shape over axes; the output keeps the others. */
  readonly reduce: Kernel<ReduceAttributes>;
  /** `[…, m, k] × […, k, n] → […, m, n]`; leading extents are equal. */
  readonly matmul: Kernel<null>;
  /** `output[…, i, …] = x[…, index[…, i, …], …]` of inputs x and index; an index out of range is an error. */
  readonly gather: Kernel<AxisAttributes>;
  /** A copy of x with source added, set, multiplied … at index, of inputs x, index and source. */
  readonly scatter: Kernel<ScatterAttributes>;
  /** Overlap-add: window `i` along the axis, whose elements are the last axis of the input, starts at `i·step`. */
  readonly fold: Kernel<FoldAttributes>;
  /** What accumulates along an axis. */
  readonly cumulate: Kernel<CumulateAttributes>;
  /** The stable order of elements along an axis; NaN counts as the largest. */
  readonly argsort: Kernel<SortAttributes>;
  /** 0, 1, 2, … in a contiguous output of one axis. */
  readonly iota: Kernel<CountAttributes>;
}

/**
 * The kernels of composites of core that a backend may have: without one, what the composite is made of runs.
 *
 * @category Backends
 */
export interface CompositeKernels {
  /** eˣ/Σeˣ along an axis. */
  readonly softmax: Kernel<AxesAttributes>;
  /** x - log Σeˣ along an axis. */
  readonly logSoftmax: Kernel<AxesAttributes>;
  /** `y·(ct - Σy·ct)` of inputs y, what softmax gave, and ct, its cotangent. */
  readonly softmaxBackward: Kernel<AxesAttributes>;
  /** `ct - eʸ·Σct` of inputs y, what logSoftmax gave, and ct, its cotangent. */
  readonly logSoftmaxBackward: Kernel<AxesAttributes>;
  /**
   * `(x - mean)/√(variance + eps)·weight + bias` over axes, of inputs x, eps, a scalar, and, where they are given, a
   * weight and a bias of the extents of these axes.
   */
  readonly layerNorm: Kernel<AxesAttributes>;
  /**
   * The gradients that are wanted of inputs x, eps, the cotangent of what layerNorm gave and, where it had one, the
   * weight; those of weight and bias are summed over the other axes.
   */
  readonly layerNormBackward: Kernel<NormBackwardAttributes>;
  /** `x/√(mean x² + eps)·weight` over axes, of inputs as layerNorm has them. */
  readonly rmsNorm: Kernel<AxesAttributes>;
  /** As layerNormBackward, of what rmsNorm gave. */
  readonly rmsNormBackward: Kernel<NormBackwardAttributes>;
  /** As layerNorm, with weight and bias along other axes, and the mean and the variance of each lane in at least f32. */
  readonly standardize: Kernel<StandardizeAttributes>;
  /** As layerNormBackward, of the first of what standardize gave. */
  readonly standardizeBackward: Kernel<StandardizeAttributes & NormBackwardAttributes>;
}

/**
 * The kernels of composites of `@tapegrad/nn` that a backend may have.
 *
 * @category Backends
 */
export interface LossKernels {
  /**
   * The cross-entropy of each sample and softmax(x) in at least f32: of inputs x, class
   * indices or probabilities, and a weight of each class if there is a third.
   */
  readonly crossEntropy: Kernel<CrossEntropyAttributes>;
  /** The gradient of x, of inputs softmax(x), target, the cotangent of the losses, and a weight as there. */
  readonly crossEntropyBackward: Kernel<CrossEntropyAttributes>;
}

/**
 * The kernels of steps that programs are fused into, which a backend may have: without one, the steps stay apart.
 *
 * @category Backends
 */
export interface FusedKernels {
  /**
   * As matmul of the first two inputs, of which an expression is stored: its input 0 is an element of the product, and
   * the others those of the other inputs, which have the shape of the output.
   */
  readonly mappedMatmul: Kernel<ElementExpr>;
  /** Several maps as `map`, none of which reads or writes what another writes. */
  readonly maps: Kernel<MapsAttributes>;
  /**
   * Steps along the lanes of inputs of one shape and dtype, f32 or f64: reductions over the same axes, and maps between
   * them. What a step gives is rounded to the dtype.
   */
  readonly rows: Kernel<RowsAttributes>;
}

/**
 * The kernels of a backend by the names of ops, as {@link Backend.kernels} holds them.
 *
 * @category Backends
 * @example
 * ```ts
 * import { kernelTable } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const kernels = kernelTable({ matmul: () => {} });
 * assertEquals([...kernels.keys()], ["matmul"]);
 * ```
 */
export function kernelTable(
  kernels: Partial<
    & PrimitiveKernels
    & CompositeKernels
    & ConvolutionKernels
    & AttentionKernels
    & LossKernels
    & FusedKernels
  >,
): Map<string, Kernel> {
  return new Map(Object.entries(kernels) as [string, Kernel][]);
}
