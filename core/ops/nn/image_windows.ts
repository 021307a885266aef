/** Images as the windows of a convolution, and back. */
import { sameShape, type Shape } from "../../base/shape.ts";
import type { TensorType } from "../../call/op.ts";
import { fold, pad, reshape, slice, unfold } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** A number for the rows, and one for the columns. */
export type Both<T = number> = readonly [rows: T, columns: T];

/** What a convolution is told: plain data. */
export interface ConvolutionAttributes {
  /** How far a window is from the next. */
  readonly stride: Both;
  /** Zeros before and behind. */
  readonly padding: Both<Both>;
  /** How far elements of a window are apart. */
  readonly dilation: Both;
  /** In how many parts the channels are convolved apart from each other. */
  readonly groups: number;
}

/** The extents of an image with its padding. */
export function paddedExtents({ shape }: TensorType, { padding }: ConvolutionAttributes): number[] {
  return padding.map(([before, behind], i) => before + shape[2 + i] + behind);
}

/** How far a window reaches along an axis. */
export function reach(extent: number, dilation: number): number {
  return dilation * (extent - 1) + 1;
}

/** How many windows there are along each axis. */
export function windowCounts(x: TensorType, weight: TensorType, attributes: ConvolutionAttributes): number[] {
  const { stride, dilation } = attributes;
  return paddedExtents(x, attributes).map((n, i) =>
    Math.floor((n - reach(weight.shape[2 + i], dilation[i])) / stride[i]) + 1
  );
}

/** Per axis of an image: nothing along the batch and the channels, and what is said along rows and columns. */
function alongImage([rows, columns]: Both, rest = 0): number[] {
  return [rest, rest, rows, columns];
}

function padded(x: Tensor, { padding: [rows, columns] }: ConvolutionAttributes): Tensor {
  const low = alongImage([rows[0], columns[0]]), high = alongImage([rows[1], columns[1]]);
  if ([...low, ...high].every((n) => n === 0)) return x;
  return pad(x, { low, high, interior: [0, 0, 0, 0], value: 0 });
}

/** The windows of images, as a view of the padded ones: `[batch, groups, channels, rows, columns, window rows, window columns]`. */
export function windowsOf(x: Tensor, kernel: Shape, attributes: ConvolutionAttributes): Tensor {
  const { stride, dilation, groups } = attributes;
  let windows = padded(x, attributes);
  for (const i of [0, 1]) {
    const size = reach(kernel[i], dilation[i]);
    windows = everyOfLast(unfold(windows, { axis: 2 + i, size, step: stride[i] }), dilation[i]);
  }
  const [batch, channels, ...rest] = windows.shape;
  return reshape(windows, [batch, groups, channels / groups, ...rest]);
}

function everyOfLast(x: Tensor, step: number): Tensor {
  if (step === 1) return x;
  const { shape } = x, last = shape.length - 1;
  return slice(x, {
    starts: shape.map(() => 0),
    counts: shape.with(last, (shape[last] - 1) / step + 1),
    steps: shape.map((_, i) => i === last ? step : 1),
  });
}

/** The adjoint of the windows of images: what came to each place of windows, added up. */
export function imagesOf(windows: Tensor, x: TensorType, attributes: ConvolutionAttributes): Tensor {
  const { stride, dilation, padding } = attributes, extents = paddedExtents(x, attributes);
  let images = windows;
  for (const i of [1, 0]) {
    const spread = spreadLast(images, dilation[i]);
    images = fold(spread, { axis: 2 + i, step: stride[i], extent: extents[i] });
  }
  if (sameShape(images.shape, x.shape)) return images;
  const starts = alongImage([padding[0][0], padding[1][0]]);
  return slice(images, { starts, counts: x.shape, steps: [1, 1, 1, 1] });
}

function spreadLast(x: Tensor, step: number): Tensor {
  if (step === 1) return x;
  const none = x.shape.map(() => 0);
  return pad(x, { low: none, high: none, interior: none.with(-1, step - 1), value: 0 });
}
