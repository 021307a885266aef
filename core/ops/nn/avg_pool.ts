/** Pooling by the mean of each window. */
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { apply } from "../../call/apply.ts";
import { type Composite, nothing, type TensorType } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { cast, expand, fold, reshape, sum, unfold } from "../../primitives/functions.ts";
import { filled } from "../../tensor/constants.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { div } from "../arithmetic.ts";
import { wide } from "../widen.ts";
import { type Pair, type Single, spaceOf, type Triple } from "./convolution_options.ts";
import { cropped, padded, paddedExtents } from "./image_windows.ts";
import { checkPooled, inferPooled, type PoolOptions, type PoolWindows, windowsFor } from "./pool_windows.ts";

/**
 * How {@link avgPool1d} pools.
 *
 * @category Network functions
 */
export interface AvgPool1dOptions extends PoolOptions<Single> {
  /** Whether the zeros of the padding count as elements of a window; they do unless said. */
  readonly countIncludePad?: boolean | undefined;
}

/**
 * How {@link avgPool2d} pools.
 *
 * @category Network functions
 */
export interface AvgPoolOptions<Size = Pair>
  extends PoolOptions<Size>, Pick<AvgPool1dOptions, "countIncludePad"> {
  /** What sums are divided by, where that is not the number of elements. */
  readonly divisorOverride?: number | null | undefined;
}

interface Averaging extends PoolWindows {
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;
}

/** The sum of each window: along one axis after the other. */
function sumsOf(x: Tensor, windows: PoolWindows): Tensor {
  const { window, stride } = windows, lead = x.rank - window.length;
  return window.reduce(
    (sums, size, i) => sum(unfold(sums, { axis: lead + i, size, step: stride[i] }), [x.rank]),
    padded(x, windows),
  );
}

/** The adjoint of {@link sumsOf}: what came to each window, added up at its elements. */
function spread(ct: Tensor, windows: Spreading): Tensor {
  const { window, stride, image: extents } = windows, lead = ct.rank - window.length;
  const around = paddedExtents(extents, windows);
  const images = window.reduce((image, size, i) => {
    const each = expand(reshape(image, [...image.shape, 1]), [...image.shape, size]);
    return fold(each, { axis: lead + i, step: stride[i], extent: around[i] });
  }, ct);
  return cropped(images, extents, windows);
}

/** What the sums of windows are divided by: a number, or how many elements of each window count. */
function divided(sums: Tensor, { shape }: TensorType, windows: Averaging): Tensor {
  const { window, padding, countIncludePad, divisorOverride } = windows;
  if (divisorOverride !== null) return div(sums, divisorOverride);
  const extents = shape.slice(-window.length);
  const counted = countIncludePad ? extents.map((n, i) => n + 2 * padding[i][0]) : extents;
  const beyond = padding.map(([n, behind]): [number, number] => [0, Math.max(0, behind - n)]);
  const inside = countIncludePad ? { ...windows, padding: beyond } : windows;
  const ones = filled(1, counted, sums), areWhole = inside.padding.flat().every((n) => n === 0);
  return div(sums, areWhole ? sizeOf(window) : sumsOf(ones, inside));
}

/**
 * A pooling by the mean of each window.
 *
 * @category Network functions
 */
export type AvgPoolOp<Size, Options> = (x: Tensor, kernelSize: Size, options?: Options) => Tensor;

/** Which windows of an image of these extents sent something back. */
interface Spreading extends PoolWindows {
  readonly image: Shape;
}

function defineSpreading(name: string): Composite<Spreading> {
  return defineComposite<Spreading>({
    name,
    linear: true,
    infer: ([ct], { image }) => inferPooled([ct], { counts: image }),
    decompose: ([ct], windows) => [cast(spread(wide(ct), windows), ct.dtype)],
    vjp: ([t], { attributes }) => [t && cast(sumsOf(wide(t), attributes), t.dtype)],
    saves: () => nothing,
  });
}

function defineAveraging(name: string): Composite<Averaging> {
  const spreading = defineSpreading(`${name}Backward`);
  return defineComposite<Averaging>({
    name,
    linear: true,
    infer: inferPooled,
    decompose: ([x], windows) => [cast(divided(sumsOf(wide(x), windows), x, windows), x.dtype)],
    vjp: ([ct], { inputs: [x], attributes }) => {
      if (!ct) return [null];
      const { window, stride, padding, dilation, counts } = attributes, image = x.shape.slice(-window.length);
      const sent = divided(wide(ct), x, attributes);
      return [cast(apply(spreading, [sent], { window, stride, padding, dilation, counts, image }), ct.dtype)];
    },
    saves: () => nothing,
  });
}

const known = { stride: null, padding: null, ceilMode: false, countIncludePad: true };

function avgPooling<Size>(name: string, axes: number): AvgPoolOp<Size, AvgPoolOptions<Size>> {
  const op = defineAveraging(name), space = spaceOf(name, axes);
  const takes = axes > 1 ? { ...known, divisorOverride: null } : known;
  return (x, kernelSize, options = {}) => {
    checkPooled(space, x);
    checkOptions(name, options, takes);
    const { countIncludePad = true } = options, divisorOverride = options.divisorOverride ?? null;
    if (divisorOverride !== null) checkDivisor(name, divisorOverride);
    const windows = windowsFor(space, x, kernelSize, options);
    return apply(op, [x], { ...windows, countIncludePad, divisorOverride });
  };
}

function checkDivisor(name: string, divisor: number): void {
  checkSetting(name, "divisorOverride", divisor);
  if (divisor !== 0) return;
  throw new RangeError(`Cannot ${name} with a divisorOverride of 0: sums are divided by it`);
}

/**
 * The mean of each window of a sequence, `[channels, length]` or a batch of them, as PyTorch's
 * `torch.nn.functional.avg_pool1d`; see {@link avgPool2d}.
 *
 * @category Network functions
 */
export const avgPool1d: AvgPoolOp<Single, AvgPool1dOptions> = /* @__PURE__ */ avgPooling("avgPool1d", 1);

/**
 * The mean of each window of an image, `[channels, rows, columns]` or a batch of them, as PyTorch's
 * `torch.nn.functional.avg_pool2d`. Windows that do not fit are a {@link ShapeError}, integers a {@link DtypeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { avgPool2d, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[4, 8], [12, 16]]]);
 * assertEquals(await avgPool2d(image, 2).array(), [[[10]]]);
 * const around = { padding: 1, stride: 2 };
 * assertEquals(await avgPool2d(image, 2, around).array(), [[[1, 2], [3, 4]]]);
 * assertEquals(await avgPool2d(image, 2, { ...around, countIncludePad: false }).array(), [[[4, 8], [12, 16]]]);
 * ```
 */
export const avgPool2d: AvgPoolOp<Pair, AvgPoolOptions> = /* @__PURE__ */ avgPooling("avgPool2d", 2);

/**
 * The mean of each window of a volume, `[channels, depth, rows, columns]` or a batch of them, as PyTorch's
 * `torch.nn.functional.avg_pool3d`; see {@link avgPool2d}.
 *
 * @category Network functions
 */
export const avgPool3d: AvgPoolOp<Triple, AvgPoolOptions<Triple>> = /* @__PURE__ */ avgPooling(
  "avgPool3d",
  3,
);
