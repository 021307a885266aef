/** Pooling by the largest element of each window. */
import { checkOptions } from "../../base/settings.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Pair, Single, Triple } from "./convolution_options.ts";
import { spaceOf } from "./convolution_options.ts";
import { padded, slidAlong } from "./image_windows.ts";
import { definePicking, type ImageAttributes, type Indexing, type PicksLargest } from "./largest.ts";
import { checkPooled, type PoolOptions, type PoolWindows, windowsFor } from "./pool_windows.ts";

/**
 * How {@link maxPool2d} pools.
 *
 * @category Network functions
 */
export interface MaxPoolOptions<Size = Pair> extends PoolOptions<Size> {
  /** How far elements of a window are apart: 1 unless said. */
  readonly dilation?: Size | undefined;
}

const known = { stride: null, padding: null, dilation: null, ceilMode: false, returnIndices: false };

function windowsAlong(x: Tensor, i: number, windows: PoolWindows, value: number): Tensor {
  const padding = windows.padding.map((both, k): readonly [number, number] => k === i ? both : [0, 0]);
  const axis = x.rank - windows.window.length + i;
  return slidAlong(padded(x, { ...windows, padding }, value), axis, i, windows.window[i], windows);
}

function maxPooling<Size>(name: string, axes: number): PicksLargest<Size, MaxPoolOptions<Size>> {
  const pick = definePicking<PoolWindows & Omit<ImageAttributes, "axis">>(name, windowsAlong);
  const space = spaceOf(name, axes);
  return ((x, kernelSize, options: MaxPoolOptions<Size> & Indexing = {}) => {
    checkPooled(space, x);
    checkOptions(name, options, known);
    const picked = pick(x, { ...windowsFor(space, x, kernelSize, options), image: x.shape.slice(-axes) });
    return options.returnIndices ? picked : picked.values;
  }) as PicksLargest<Size, MaxPoolOptions<Size>>;
}

/**
 * The largest element of each window of a sequence, `[channels, length]` or a batch of them, as PyTorch's
 * `torch.nn.functional.max_pool1d`; see {@link maxPool2d}.
 *
 * @category Network functions
 */
export const maxPool1d: PicksLargest<Single, MaxPoolOptions<Single>> = /* @__PURE__ */ maxPooling(
  "maxPool1d",
  1,
);

/**
 * The largest element of each window of an image, `[channels, rows, columns]` or a batch of them, as PyTorch's
 * `torch.nn.functional.max_pool2d`: a NaN is the largest, the padding less than any element, and of equals the first
 * has the gradient. Windows that do not fit are a {@link ShapeError}, integers a {@link DtypeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { maxPool2d, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[1, 2, 9], [4, 3, 5], [8, 7, 6]]]);
 * assertEquals(await maxPool2d(image, 2).array(), [[[4]]]);
 * assertEquals(await maxPool2d(image, 2, { ceilMode: true }).array(), [[[4, 9], [8, 6]]]);
 * const { values, indices } = maxPool2d(image, [3, 1], { stride: 1, returnIndices: true });
 * assertEquals(await values.array(), [[[8, 7, 9]]]);
 * assertEquals(await indices.array(), [[[6, 7, 2]]]);
 * ```
 */
export const maxPool2d: PicksLargest<Pair, MaxPoolOptions<Pair>> = /* @__PURE__ */ maxPooling("maxPool2d", 2);

/**
 * The largest element of each window of a volume, `[channels, depth, rows, columns]` or a batch of them, as PyTorch's
 * `torch.nn.functional.max_pool3d`; see {@link maxPool2d}.
 *
 * @category Network functions
 */
export const maxPool3d: PicksLargest<Triple, MaxPoolOptions<Triple>> = /* @__PURE__ */ maxPooling(
  "maxPool3d",
  3,
);
