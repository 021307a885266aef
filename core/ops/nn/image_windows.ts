/** Images as the windows that slide over them, and back: along any number of axes, which follow the batch and the channels. */
import { sameShape, type Shape, sizeOf } from "../../base/shape.ts";
import { fold, pad, permute, reshape, slice, unfold } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * How windows slide: plain data, a number for each axis of the image, which are the last ones.
 *
 * @category Backends
 */
export interface WindowAttributes {
  /** How far a window is from the next. */
  readonly stride: readonly number[];
  /** How many elements are put before and behind: zeros unless said. */
  readonly padding: readonly (readonly [before: number, behind: number])[];
  /** How far elements of a window are apart. */
  readonly dilation: readonly number[];
}

/** The extents of the image in a shape `[batch, channels, …extents]`. */
export function extentsOf(shape: Shape): Shape {
  return shape.slice(2);
}

/** The extents of an image with its padding. */
export function paddedExtents(extents: Shape, { padding }: WindowAttributes): number[] {
  return extents.map((n, i) => padding[i][0] + n + padding[i][1]);
}

/** How far a window reaches along an axis. */
export function reach(extent: number, dilation: number): number {
  return dilation * (extent - 1) + 1;
}

/** How many windows there are along each axis of an image. */
export function windowCounts(extents: Shape, window: Shape, attributes: WindowAttributes): number[] {
  const { stride, dilation } = attributes;
  return paddedExtents(extents, attributes).map((n, i) =>
    Math.floor((n - reach(window[i], dilation[i])) / stride[i]) + 1
  );
}

// Along the batch, the channels, or whatever comes before the axes of the image: nothing.
function alongImage(along: readonly number[], { rank }: Tensor): number[] {
  return [...new Array<number>(rank - along.length).fill(0), ...along];
}

/** An image with its padding. */
export function padded(x: Tensor, { padding }: WindowAttributes, value = 0): Tensor {
  const [low, high] = [0, 1].map((side) => alongImage(padding.map((both) => both[side]), x));
  if ([...low, ...high].every((n) => n === 0)) return x;
  return pad(x, { low, high, interior: low.map(() => 0), value });
}

/** The first elements along each axis, or all of them. */
export function firstOf(x: Tensor, counts: Shape): Tensor {
  if (x.shape.every((n, i) => n === counts[i])) return x;
  return slice(x, { starts: counts.map(() => 0), counts, steps: counts.map(() => 1) });
}

/** The windows of images, as a view of the padded ones: `[batch, channels, …counts, …window]`, as many as there are unless said. */
export function windowsOf(x: Tensor, window: Shape, attributes: WindowAttributes, counts?: Shape): Tensor {
  const windows = slidOver(padded(x, attributes), window, attributes);
  return counts ? firstOf(windows, [...x.shape.slice(0, 2), ...counts, ...window]) : windows;
}

function slidOver(x: Tensor, window: Shape, attributes: WindowAttributes): Tensor {
  const lead = x.rank - window.length;
  return window.reduce((t, extent, i) => slidAlong(t, lead + i, i, extent, attributes), x);
}

/** The windows of padded images along an axis, the i-th of those that windows slide along: a view with a new last axis. */
export function slidAlong(
  x: Tensor,
  axis: number,
  i: number,
  extent: number,
  { stride, dilation }: WindowAttributes,
): Tensor {
  return everyOfLast(unfold(x, { axis, size: reach(extent, dilation[i]), step: stride[i] }), dilation[i]);
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

/** The adjoint of the windows of images: what came to each place of windows, added up in images of these extents. */
function imagesOf(windows: Tensor, extents: Shape, attributes: WindowAttributes): Tensor {
  const { stride, dilation } = attributes, all = paddedExtents(extents, attributes);
  const images = all.reduceRight((t, extent, i) => {
    return fold(spreadLast(t, dilation[i]), { axis: 2 + i, step: stride[i], extent });
  }, windows);
  return cropped(images, extents, attributes);
}

/** An image of these extents without its padding. */
export function cropped(x: Tensor, extents: Shape, { padding }: WindowAttributes): Tensor {
  const counts = [...x.shape.slice(0, -extents.length), ...extents];
  if (sameShape(counts, x.shape)) return x;
  const starts = alongImage(padding.map(([before]) => before), x);
  return slice(x, { starts, counts, steps: counts.map(() => 1) });
}

function spreadLast(x: Tensor, step: number): Tensor {
  if (step === 1) return x;
  const none = x.shape.map(() => 0);
  return pad(x, { low: none, high: none, interior: none.with(-1, step - 1), value: 0 });
}

/** `from`, `from + 1`, … */
function upward(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

/** Windows as columns, `[batch, channels · window, counts]`. */
export function columnsOf(x: Tensor, window: Shape, attributes: WindowAttributes): Tensor {
  const windows = windowsOf(x, window, attributes), n = window.length, [batch, channels] = x.shape;
  const columns = permute(windows, [0, 1, ...upward(2 + n, n), ...upward(2, n)]);
  return reshape(columns, [batch, channels * sizeOf(window), sizeOf(windows.shape.slice(2, 2 + n))]);
}

/** The adjoint of {@link columnsOf}: columns of windows, of which there are so many along each axis, as images. */
export function imagesOfColumns(
  columns: Tensor,
  counts: Shape,
  extents: Shape,
  window: Shape,
  attributes: WindowAttributes,
): Tensor {
  const [batch, rows] = columns.shape, n = window.length;
  const windows = reshape(columns, [batch, rows / sizeOf(window), ...window, ...counts]);
  return imagesOf(permute(windows, [0, 1, ...upward(2 + n, n), ...upward(2, n)]), extents, attributes);
}
