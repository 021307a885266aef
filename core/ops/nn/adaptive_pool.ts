/** Pooling into as many windows as are asked for. */
import { hostArray, type TypedArray } from "../../base/dtype.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { checkOptions } from "../../base/settings.ts";
import { apply } from "../../call/apply.ts";
import { type Composite, nothing, type TensorType } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { cast, pad, permute, reshape, sum, unfold } from "../../primitives/functions.ts";
import { filled } from "../../tensor/constants.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { div } from "../arithmetic.ts";
import { fromArray } from "../creation.ts";
import { indexSelect } from "../indexing.ts";
import { wide } from "../widen.ts";
import { definePicking, type ImageAttributes, type Indexing, type PicksLargest } from "./largest.ts";
import { sizesOf, type Space, spaceOf } from "./convolution_options.ts";
import { checkPooled, inferPooled } from "./pool_windows.ts";

/**
 * How many windows: one number for all spatial axes, or one for each, where `null` leaves an axis as it is.
 *
 * @category Network functions
 */
export type OutputSize = number | null | readonly (number | null)[];

/** How many windows there are along each spatial axis, which are the last ones. */
interface Adapting {
  readonly counts: Shape;
}

function countsFor(space: Space, { shape }: Tensor, outputSize: unknown): number[] {
  const axes = space.axes.length, extents = shape.slice(-axes);
  const list = Array.isArray(outputSize) ? outputSize : extents.map(() => outputSize);
  const isGiven = list.length === axes;
  return sizesOf(space, "outputSize", isGiven ? list.map((n, i) => n ?? extents[i]) : outputSize, 0);
}

/**
 * Positions of the elements of windows of which i of c is from ⌊i·n/c⌋ up to ⌈(i + 1)·n/c⌉, as many for each: n stands
 * for what a window has less than the longest.
 */
function positionsFor(extent: number, count: number): TypedArray {
  const starts = hostArray("i32", count), end = (i: number) => Math.ceil((i + 1) * extent / count);
  let size = 1;
  for (let i = 0; i < count; i++) {
    starts[i] = Math.floor(i * extent / count);
    size = Math.max(size, end(i) - starts[i]);
  }
  const positions = hostArray("i32", count * size);
  for (let at = 0; at < positions.length; at++) {
    const i = Math.floor(at / size), position = starts[i] + at % size;
    positions[at] = position < end(i) ? position : extent;
  }
  return positions;
}

/** Windows along an axis, their elements being a new last axis. */
function windowsAlong(x: Tensor, axis: number, count: number, value: number): Tensor {
  const extent = x.shape[axis];
  if (extent > 0 && extent % count === 0) {
    return unfold(x, { axis, size: extent / count, step: extent / count });
  }
  const positions = positionsFor(extent, count), none = x.shape.map(() => 0);
  const index = fromArray(positions, [positions.length], { backend: x.backend, dtype: "i32" });
  const grown = pad(x, { low: none, high: none.with(axis, 1), interior: none, value });
  const taken = indexSelect(grown, axis, index), size = count > 0 ? positions.length / count : 1;
  const parted = reshape(taken, taken.shape.toSpliced(axis, 1, count, size));
  return permute(parted, [...x.shape.map((_, i) => i <= axis ? i : i + 1), axis + 1]);
}

/** The sum of each window: along one axis after the other. */
function sumsOf(x: Tensor, counts: Shape): Tensor {
  const lead = x.rank - counts.length;
  return counts.reduce((sums, count, i) => {
    const axis = lead + i;
    return count === sums.shape[axis] ? sums : sum(windowsAlong(sums, axis, count, 0), [x.rank]);
  }, x);
}

/** What the sums of windows are divided by: how many elements each has. */
function divided(sums: Tensor, { shape }: TensorType, { counts }: Adapting): Tensor {
  const extents = shape.slice(-counts.length), isEven = extents.every((n, i) => n % counts[i] === 0);
  return div(sums, isEven ? sizeOf(extents) / sizeOf(counts) : sumsOf(filled(1, extents, sums), counts));
}

/** How many windows there are along each spatial axis of an image of these extents. */
interface Spreading extends Adapting {
  readonly image: Shape;
}

// Window i of c holds element j of n just where window j of n holds element i of c: the adjoint of sums over c windows
// are sums over n.
function defineSpreading(name: string): Composite<Spreading> {
  return defineComposite<Spreading>({
    name,
    linear: true,
    infer: ([ct], { image }) => inferPooled([ct], { counts: image }),
    decompose: ([ct], { image }) => [cast(sumsOf(wide(ct), image), ct.dtype)],
    vjp: ([t], { attributes: { counts } }) => [t && cast(sumsOf(wide(t), counts), t.dtype)],
    saves: () => nothing,
  });
}

function defineAveraging(name: string): Composite<Adapting> {
  const spreading = defineSpreading(`${name}Backward`);
  return defineComposite<Adapting>({
    name,
    linear: true,
    infer: inferPooled,
    decompose: ([x], windows) => [cast(divided(sumsOf(wide(x), windows.counts), x, windows), x.dtype)],
    vjp: ([ct], { inputs: [x], attributes: { counts } }) => {
      if (!ct) return [null];
      const sent = divided(wide(ct), x, { counts }), image = x.shape.slice(-counts.length);
      return [cast(apply(spreading, [sent], { counts, image }), ct.dtype)];
    },
    saves: () => nothing,
  });
}

/**
 * A pooling by the mean of each of as many windows as are asked for.
 *
 * @category Network functions
 */
export type AdaptiveAvgPoolOp = (x: Tensor, outputSize: OutputSize) => Tensor;

function avgPooling(name: string, axes: number): AdaptiveAvgPoolOp {
  const op = defineAveraging(name), space = spaceOf(name, axes);
  return (x, outputSize) => {
    checkPooled(space, x);
    return apply(op, [x], { counts: countsFor(space, x, outputSize) });
  };
}

/**
 * A pooling by the largest element of each of as many windows as are asked for.
 *
 * @category Network functions
 */
export type AdaptiveMaxPoolOp = PicksLargest<OutputSize, Indexing>;

function maxPooling(name: string, axes: number): AdaptiveMaxPoolOp {
  const pick = definePicking<Omit<ImageAttributes, "axis">>(
      name,
      (x, i, { counts }, value) => windowsAlong(x, x.rank - axes + i, counts[i], value),
    ),
    space = spaceOf(name, axes);
  return ((x, outputSize, options: Indexing = {}) => {
    checkPooled(space, x);
    checkOptions(name, options, { returnIndices: false });
    const picked = pick(x, { counts: countsFor(space, x, outputSize), image: x.shape.slice(-axes) });
    return options.returnIndices ? picked : picked.values;
  }) as AdaptiveMaxPoolOp;
}

/**
 * The means of as many windows of a sequence, `[channels, length]` or a batch of them, as are asked for: PyTorch's
 * `torch.nn.functional.adaptive_avg_pool1d`; see {@link adaptiveAvgPool2d}.
 *
 * @category Network functions
 */
export const adaptiveAvgPool1d: AdaptiveAvgPoolOp = /* @__PURE__ */ avgPooling("adaptiveAvgPool1d", 1);

/**
 * The means of as many windows of an image, `[channels, rows, columns]` or a batch of them, as are asked for: PyTorch's
 * `torch.nn.functional.adaptive_avg_pool2d`. Window i of c along n elements is from ⌊i·n/c⌋ up to ⌈(i + 1)·n/c⌉.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { adaptiveAvgPool2d, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[1, 2, 6], [3, 4, 8]]]);
 * assertEquals(await adaptiveAvgPool2d(image, 1).array(), [[[4]]]);
 * assertEquals(await adaptiveAvgPool2d(image, [null, 2]).array(), [[[1.5, 4], [3.5, 6]]]);
 * assertEquals(adaptiveAvgPool2d(zeros([5, 3, 9, 7]), [3, 2]).shape, [5, 3, 3, 2]);
 * ```
 */
export const adaptiveAvgPool2d: AdaptiveAvgPoolOp = /* @__PURE__ */ avgPooling("adaptiveAvgPool2d", 2);

/**
 * The means of as many windows of a volume, `[channels, depth, rows, columns]` or a batch of them, as are asked for:
 * PyTorch's `torch.nn.functional.adaptive_avg_pool3d`; see {@link adaptiveAvgPool2d}.
 *
 * @category Network functions
 */
export const adaptiveAvgPool3d: AdaptiveAvgPoolOp = /* @__PURE__ */ avgPooling("adaptiveAvgPool3d", 3);

/**
 * The largest elements of as many windows of a sequence, `[channels, length]` or a batch of them, as are asked for:
 * PyTorch's `torch.nn.functional.adaptive_max_pool1d`; see {@link adaptiveMaxPool2d}.
 *
 * @category Network functions
 */
export const adaptiveMaxPool1d: AdaptiveMaxPoolOp = /* @__PURE__ */ maxPooling("adaptiveMaxPool1d", 1);

/**
 * The largest elements of as many windows of an image, `[channels, rows, columns]` or a batch of them, as are asked
 * for: PyTorch's `torch.nn.functional.adaptive_max_pool2d`. The windows are those of {@link adaptiveAvgPool2d}, and the
 * largest element is chosen as in {@link maxPool2d}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { adaptiveMaxPool2d, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[1, 2, 6], [3, 4, 8]]]);
 * const { values, indices } = adaptiveMaxPool2d(image, [1, 2], { returnIndices: true });
 * assertEquals(await values.array(), [[[4, 8]]]);
 * assertEquals(await indices.array(), [[[4, 5]]]);
 * ```
 */
export const adaptiveMaxPool2d: AdaptiveMaxPoolOp = /* @__PURE__ */ maxPooling("adaptiveMaxPool2d", 2);

/**
 * The largest elements of as many windows of a volume, `[channels, depth, rows, columns]` or a batch of them, as are
 * asked for: PyTorch's `torch.nn.functional.adaptive_max_pool3d`; see {@link adaptiveMaxPool2d}.
 *
 * @category Network functions
 */
export const adaptiveMaxPool3d: AdaptiveMaxPoolOp = /* @__PURE__ */ maxPooling("adaptiveMaxPool3d", 3);
