/** Which windows of an image are pooled, checked. */
import { showShape } from "../../base/errors.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { listed } from "../../base/text.ts";
import { checkFloating } from "../../define/operands.ts";
import type { TensorType } from "../../call/op.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkImages, type Pair, refusal, sizesOf, type Space } from "./convolution_options.ts";
import { reach, type WindowAttributes } from "./image_windows.ts";

/**
 * What tells where windows lie.
 *
 * @category Network functions
 */
export interface PoolOptions<Size = Pair> {
  /** How far a window is from the next: as far as it is large unless said. */
  readonly stride?: Size | undefined;
  /** How many elements are put before and behind: 0 unless said, and at most half a window. */
  readonly padding?: Size | undefined;
  /** Whether windows that begin in the image may reach beyond it; they may not unless said. */
  readonly ceilMode?: boolean | undefined;
}

/** Where the windows of a pooling lie: plain data. */
export interface PoolWindows extends WindowAttributes {
  /** How many elements a window has along each axis. */
  readonly window: Shape;
  /** How many windows there are along each axis. */
  readonly counts: Shape;
}

/** What a pooling gives that has as many windows along its axes as `counts` says. */
export function inferPooled(
  [{ shape, dtype, backend }]: readonly TensorType[],
  { counts }: { readonly counts: Shape },
): TensorType {
  return { shape: [...shape.slice(0, -counts.length), ...counts], dtype, backend };
}

/** Refuses what is no image of floats, or none with elements. */
export function checkPooled(space: Space, x: Tensor): void {
  checkFloating(space.op, x);
  checkImages(space, [x]);
  if (sizeOf(x.shape.slice(-space.axes.length)) > 0) return;
  throw refusal(space, [x], `the ${space.image} has no elements, one along each axis is needed`);
}

/** The windows of an image, of `kernelSize`. */
export function windowsFor(
  space: Space,
  x: Tensor,
  kernelSize: unknown,
  options: PoolOptions<unknown> & { readonly dilation?: unknown },
): PoolWindows {
  const { padding = 0, dilation = 1, ceilMode = false } = options;
  const window = sizesOf(space, "kernelSize", kernelSize, 1), around = sizesOf(space, "padding", padding, 0);
  const sizes = {
    window,
    stride: sizesOf(space, "stride", options.stride ?? window, 1),
    dilation: sizesOf(space, "dilation", dilation, 1),
  };
  const extents = x.shape.slice(-window.length), reaches = window.map((n, i) => reach(n, sizes.dilation[i]));
  checkPadding(space, around, reaches);
  const counts = extents.map((n, i) => {
    const steps = (n + 2 * around[i] - reaches[i]) / sizes.stride[i];
    const count = 1 + (ceilMode ? Math.ceil(steps) : Math.floor(steps));
    // The last window is to begin in the image, or before it.
    return ceilMode && (count - 1) * sizes.stride[i] >= n + around[i] ? count - 1 : count;
  });
  const behind = extents.map((n, i) => (counts[i] - 1) * sizes.stride[i] + reaches[i] - n - around[i]);
  const windows = {
    ...sizes,
    counts,
    padding: around.map((n, i): [number, number] => [n, Math.max(0, behind[i])]),
  };
  checkFits(space, x, windows, around);
  return windows;
}

function checkPadding({ op }: Space, padding: Shape, reaches: Shape): void {
  if (padding.every((n, i) => n <= Math.floor(reaches[i] / 2))) return;
  throw new RangeError(
    `Cannot ${op} with a padding of ${listed(padding)}: it is at most half of a window, ` +
      `which reaches over ${listed(reaches)}`,
  );
}

function checkFits(space: Space, x: Tensor, windows: PoolWindows, around: Shape): void {
  const { window, dilation, counts } = windows, extents = x.shape.slice(-window.length);
  if (counts.some((n) => n < 1)) {
    const size = showShape(window.map((n, i) => reach(n, dilation[i])));
    const room = showShape(extents.map((n, i) => n + 2 * around[i]));
    throw refusal(
      space,
      [x],
      `windows of ${size} do not fit into ${room}, which is the ${space.image} with its padding`,
    );
  }
  if (extents.every((n, i) => dilation[i] === 1 || meetEach(n, i, windows))) return;
  throw refusal(
    space,
    [x],
    `there is a window without an element of the ${space.image}, choose less padding`,
  );
}

// Where the elements of a window are apart, all of them may lie beside the image.
function meetEach(
  extent: number,
  i: number,
  { window, stride, padding, dilation, counts }: PoolWindows,
): boolean {
  return Array.from({ length: counts[i] }, (_, w) => w * stride[i] - padding[i][0]).every((start) => {
    const first = Math.max(0, Math.ceil(-start / dilation[i]));
    return first < window[i] && start + first * dilation[i] < extent;
  });
}
