/** The methods of tensors that are functions of the same name. */
import type { TensorLike } from "./define/operands.ts";
import type { DType } from "./base/dtype.ts";
import type { Range } from "./ops/indexing.ts";
import * as ops from "./ops/mod.ts";
import type { Axes, NormOptions, ReduceOptions, VarianceOptions } from "./ops/reductions.ts";
import type { Shape } from "./base/shape.ts";
import type { Tensor } from "./tensor/tensor.ts";

/** What a {@link Tensor} can do beside being one: `x.add(y)` is `add(x, y)`, with the same contract. */
export abstract class TensorMethods {
  /** Elements converted to a dtype, or moved to a backend; itself where nothing changes. */
  to(this: Tensor, target: DType | (string & Record<never, never>)): Tensor {
    return ops.to(this, target);
  }

  /** The same elements, row-major in memory; itself where they are. */
  contiguous(this: Tensor): Tensor {
    return ops.contiguous(this);
  }

  /** Zeros of this shape and dtype on this backend. */
  zerosLike(this: Tensor): Tensor {
    return ops.zerosLike(this);
  }

  /** Ones of this shape and dtype on this backend. */
  onesLike(this: Tensor): Tensor {
    return ops.onesLike(this);
  }

  /** -x. */
  neg(this: Tensor): Tensor {
    return ops.neg(this);
  }

  /** |x|. */
  abs(this: Tensor): Tensor {
    return ops.abs(this);
  }

  /** -1, 0 or 1. */
  sign(this: Tensor): Tensor {
    return ops.sign(this);
  }

  /** x². */
  square(this: Tensor): Tensor {
    return ops.square(this);
  }

  /** √x. */
  sqrt(this: Tensor): Tensor {
    return ops.sqrt(this);
  }

  /** 1/√x. */
  rsqrt(this: Tensor): Tensor {
    return ops.rsqrt(this);
  }

  /** 1/x. */
  reciprocal(this: Tensor): Tensor {
    return ops.reciprocal(this);
  }

  /** eˣ. */
  exp(this: Tensor): Tensor {
    return ops.exp(this);
  }

  /** 2ˣ. */
  exp2(this: Tensor): Tensor {
    return ops.exp2(this);
  }

  /** eˣ - 1, exact near 0. */
  expm1(this: Tensor): Tensor {
    return ops.expm1(this);
  }

  /** The natural logarithm. */
  log(this: Tensor): Tensor {
    return ops.log(this);
  }

  /** log(1 + x), exact near 0. */
  log1p(this: Tensor): Tensor {
    return ops.log1p(this);
  }

  /** The logarithm to base 2. */
  log2(this: Tensor): Tensor {
    return ops.log2(this);
  }

  /** The logarithm to base 10. */
  log10(this: Tensor): Tensor {
    return ops.log10(this);
  }

  /** Sine. */
  sin(this: Tensor): Tensor {
    return ops.sin(this);
  }

  /** Cosine. */
  cos(this: Tensor): Tensor {
    return ops.cos(this);
  }

  /** Tangent. */
  tan(this: Tensor): Tensor {
    return ops.tan(this);
  }

  /** Arc sine. */
  asin(this: Tensor): Tensor {
    return ops.asin(this);
  }

  /** Arc cosine. */
  acos(this: Tensor): Tensor {
    return ops.acos(this);
  }

  /** Arc tangent. */
  atan(this: Tensor): Tensor {
    return ops.atan(this);
  }

  /** Hyperbolic sine. */
  sinh(this: Tensor): Tensor {
    return ops.sinh(this);
  }

  /** Hyperbolic cosine. */
  cosh(this: Tensor): Tensor {
    return ops.cosh(this);
  }

  /** Hyperbolic tangent. */
  tanh(this: Tensor): Tensor {
    return ops.tanh(this);
  }

  /** Inverse hyperbolic sine. */
  asinh(this: Tensor): Tensor {
    return ops.asinh(this);
  }

  /** Inverse hyperbolic cosine. */
  acosh(this: Tensor): Tensor {
    return ops.acosh(this);
  }

  /** Inverse hyperbolic tangent. */
  atanh(this: Tensor): Tensor {
    return ops.atanh(this);
  }

  /** The error function. */
  erf(this: Tensor): Tensor {
    return ops.erf(this);
  }

  /** 1/(1 + e⁻ˣ). */
  sigmoid(this: Tensor): Tensor {
    return ops.sigmoid(this);
  }

  /** max(x, 0). */
  relu(this: Tensor): Tensor {
    return ops.relu(this);
  }

  /** log(1 + eˣ). */
  softplus(this: Tensor): Tensor {
    return ops.softplus(this);
  }

  /** Rounds down. */
  floor(this: Tensor): Tensor {
    return ops.floor(this);
  }

  /** Rounds up. */
  ceil(this: Tensor): Tensor {
    return ops.ceil(this);
  }

  /** Rounds towards zero. */
  trunc(this: Tensor): Tensor {
    return ops.trunc(this);
  }

  /** Rounds to nearest, halves to even. */
  round(this: Tensor): Tensor {
    return ops.round(this);
  }

  /** Where elements are NaN. */
  isNaN(this: Tensor): Tensor {
    return ops.isNaN(this);
  }

  /** Where elements are finite. */
  isFinite(this: Tensor): Tensor {
    return ops.isFinite(this);
  }

  /** Where elements are zero. */
  logicalNot(this: Tensor): Tensor {
    return ops.logicalNot(this);
  }

  /** this + other, broadcasting. */
  add(this: Tensor, other: TensorLike): Tensor {
    return ops.add(this, other);
  }

  /** this - other, broadcasting. */
  sub(this: Tensor, other: TensorLike): Tensor {
    return ops.sub(this, other);
  }

  /** this · other, broadcasting. */
  mul(this: Tensor, other: TensorLike): Tensor {
    return ops.mul(this, other);
  }

  /** this / other, broadcasting. */
  div(this: Tensor, other: TensorLike): Tensor {
    return ops.div(this, other);
  }

  /** this to the power of other, broadcasting. */
  pow(this: Tensor, other: TensorLike): Tensor {
    return ops.pow(this, other);
  }

  /** The larger, elementwise, broadcasting. */
  maximum(this: Tensor, other: TensorLike): Tensor {
    return ops.maximum(this, other);
  }

  /** The smaller, elementwise, broadcasting. */
  minimum(this: Tensor, other: TensorLike): Tensor {
    return ops.minimum(this, other);
  }

  /** The remainder with the sign of other, broadcasting. */
  remainder(this: Tensor, other: TensorLike): Tensor {
    return ops.remainder(this, other);
  }

  /** this / other rounded down, broadcasting. */
  floorDivide(this: Tensor, other: TensorLike): Tensor {
    return ops.floorDivide(this, other);
  }

  /** this = other, broadcasting. */
  equal(this: Tensor, other: TensorLike): Tensor {
    return ops.equal(this, other);
  }

  /** this ≠ other, broadcasting. */
  notEqual(this: Tensor, other: TensorLike): Tensor {
    return ops.notEqual(this, other);
  }

  /** this < other, broadcasting. */
  less(this: Tensor, other: TensorLike): Tensor {
    return ops.less(this, other);
  }

  /** this ≤ other, broadcasting. */
  lessEqual(this: Tensor, other: TensorLike): Tensor {
    return ops.lessEqual(this, other);
  }

  /** this > other, broadcasting. */
  greater(this: Tensor, other: TensorLike): Tensor {
    return ops.greater(this, other);
  }

  /** this ≥ other, broadcasting. */
  greaterEqual(this: Tensor, other: TensorLike): Tensor {
    return ops.greaterEqual(this, other);
  }

  /** Both non-zero, broadcasting. */
  logicalAnd(this: Tensor, other: TensorLike): Tensor {
    return ops.logicalAnd(this, other);
  }

  /** Either non-zero, broadcasting. */
  logicalOr(this: Tensor, other: TensorLike): Tensor {
    return ops.logicalOr(this, other);
  }

  /** Exactly one non-zero, broadcasting. */
  logicalXor(this: Tensor, other: TensorLike): Tensor {
    return ops.logicalXor(this, other);
  }

  /** Limits elements to low … high. */
  clamp(this: Tensor, low: TensorLike, high: TensorLike): Tensor {
    return ops.clamp(this, low, high);
  }

  /** `value` where `mask` is true, else this. */
  maskedFill(this: Tensor, mask: Tensor, value: TensorLike): Tensor {
    return ops.maskedFill(this, mask, value);
  }

  /** Matrix product, batched over leading axes. */
  matmul(this: Tensor, other: Tensor): Tensor {
    return ops.matmul(this, other);
  }

  /** Inner product of vectors. */
  dot(this: Tensor, other: Tensor): Tensor {
    return ops.dot(this, other);
  }

  /** Softmax along an axis (the last). */
  softmax(this: Tensor, axis?: number): Tensor {
    return ops.softmax(this, axis);
  }

  /** Logarithm of the softmax along an axis (the last). */
  logSoftmax(this: Tensor, axis?: number): Tensor {
    return ops.logSoftmax(this, axis);
  }

  /** The same elements in another shape; one extent may be -1. */
  reshape(this: Tensor, shape: Shape): Tensor {
    return ops.reshape(this, shape);
  }

  /** Merges axes start … end into one. */
  flatten(this: Tensor, start?: number, end?: number): Tensor {
    return ops.flatten(this, start, end);
  }

  /** Drops an axis of extent 1, or all of them. */
  squeeze(this: Tensor, axis?: number): Tensor {
    return ops.squeeze(this, axis);
  }

  /** Inserts an axis of extent 1. */
  unsqueeze(this: Tensor, axis: number): Tensor {
    return ops.unsqueeze(this, axis);
  }

  /** Axes in another order, as a view. */
  permute(this: Tensor, axes: readonly number[]): Tensor {
    return ops.permute(this, axes);
  }

  /** Two axes swapped (the last two), as a view. */
  transpose(this: Tensor, a?: number, b?: number): Tensor {
    return ops.transpose(this, a, b);
  }

  /** Repeated to a shape it broadcasts to, as a view. */
  expand(this: Tensor, shape: Shape): Tensor {
    return ops.expand(this, shape);
  }

  /** Reversed along axes (all), as a view. */
  flip(this: Tensor, axes?: number | readonly number[]): Tensor {
    return ops.flip(this, axes);
  }

  /** Windows of `size` along an axis as a new last axis, as a view. */
  unfold(this: Tensor, axis: number, size: number, step?: number): Tensor {
    return ops.unfold(this, axis, size, step === undefined ? {} : { step });
  }

  /** Elements at `index` along an axis. */
  gather(this: Tensor, axis: number, index: Tensor): Tensor {
    return ops.gather(this, axis, index);
  }

  /** Running sum along an axis. */
  cumsum(this: Tensor, axis: number): Tensor {
    return ops.cumsum(this, axis);
  }

  /** Running product along an axis. */
  cumprod(this: Tensor, axis: number): Tensor {
    return ops.cumprod(this, axis);
  }

  /**
   * Elements picked by an index, a range or `null` (everything) per axis, as a view; see the function {@link
   * slice}.
   *
   * @example
   * ```ts
   * import { tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([[1, 2, 3], [4, 5, 6]]);
   * assertEquals(await x.slice(-1).array(), [4, 5, 6]);
   * assertEquals(await x.slice(null, [1, null]).array(), [[2, 3], [5, 6]]);
   * ```
   */
  slice(this: Tensor, ...ranges: readonly Range[]): Tensor {
    return ops.slice(this, ranges);
  }

  /** Sum over axes (all). */
  sum(this: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
    return ops.sum(this, axes, options);
  }

  /** Mean over axes (all). */
  mean(this: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
    return ops.mean(this, axes, options);
  }

  /** Product over axes (all). */
  prod(this: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
    return ops.prod(this, axes, options);
  }

  /** Largest element over axes (all). */
  max(this: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
    return ops.max(this, axes, options);
  }

  /** Smallest element over axes (all). */
  min(this: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
    return ops.min(this, axes, options);
  }

  /** Whether any is non-zero over axes (all). */
  any(this: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
    return ops.any(this, axes, options);
  }

  /** Whether all are non-zero over axes (all). */
  all(this: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
    return ops.all(this, axes, options);
  }

  /** log Σ eˣ without overflow over axes (all). */
  logSumExp(this: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
    return ops.logSumExp(this, axes, options);
  }

  /** Variance over axes (all), unbiased unless `correction: 0`. */
  var(this: Tensor, axes?: Axes, options?: VarianceOptions): Tensor {
    return ops.variance(this, axes, options);
  }

  /** Standard deviation over axes (all), unbiased unless `correction: 0`. */
  std(this: Tensor, axes?: Axes, options?: VarianceOptions): Tensor {
    return ops.std(this, axes, options);
  }

  /** Norm over axes (all), of order 2 unless said. */
  norm(this: Tensor, axes?: Axes, options?: NormOptions): Tensor {
    return ops.norm(this, axes, options);
  }

  /** Position of the largest element along an axis, or in the flattened tensor. */
  argmax(this: Tensor, axis?: number, options?: ReduceOptions): Tensor {
    return ops.argmax(this, axis, options);
  }

  /** Position of the smallest element along an axis, or in the flattened tensor. */
  argmin(this: Tensor, axis?: number, options?: ReduceOptions): Tensor {
    return ops.argmin(this, axis, options);
  }
}
