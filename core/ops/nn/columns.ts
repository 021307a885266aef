/** Images as columns of windows, and back. */
import { showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import { sizeOf } from "../../base/shape.ts";
import { registerFunctions } from "../../call/catalog.ts";
import { reshape } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import {
  checkImages,
  overBatch,
  type Pair,
  refusal,
  sizesOf,
  type Space,
  spaceOf,
} from "./convolution_options.ts";
import { columnsOf, imagesOfColumns, type WindowAttributes, windowCounts } from "./image_windows.ts";

/**
 * How windows of {@link unfoldImages} and {@link foldImages} slide.
 *
 * @category Network functions
 */
export interface WindowOptions {
  /** How far elements of a window are apart: 1 unless said. */
  readonly dilation?: Pair;
  /** Zeros at each edge: 0 unless said. */
  readonly padding?: Pair;
  /** How far a window is from the next: 1 unless said. */
  readonly stride?: Pair;
}

const known = ["dilation", "padding", "stride"];

function attributesOf(space: Space, options: WindowOptions): WindowAttributes {
  checkOptions(space.op, options, known);
  const { dilation = 1, padding = 0, stride = 1 } = options;
  return {
    dilation: sizesOf(space, "dilation", dilation, 1),
    padding: sizesOf(space, "padding", padding, 0).map((n) => [n, n]),
    stride: sizesOf(space, "stride", stride, 1),
  };
}

const unfolding = spaceOf("unfoldImages", 2), folding = spaceOf("foldImages", 2);

function misfit(window: readonly number[], extents: readonly number[]): string {
  return `windows of ${showShape(window)} do not fit into an image of ${showShape(extents)} with its padding`;
}

/**
 * The windows of images, `[channels, rows, columns]` or a batch of them, as columns `[channels · window, windows]`, as
 * `torch.nn.functional.unfold`; a copy, where {@link unfold} gives a view. Windows that do not fit are a {@link
 * ShapeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { foldImages, ones, tensor, unfoldImages } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[1, 2, 3], [4, 5, 6]]]), columns = unfoldImages(image, 2);
 * assertEquals(await columns.array(), [[1, 2], [2, 3], [4, 5], [5, 6]]);
 * assertEquals(await foldImages(columns, [2, 3], 2).array(), [[[1, 4, 3], [4, 10, 6]]]);
 * assertEquals(unfoldImages(ones([5, 3, 8, 8]), 2, { stride: 2 }).shape, [5, 12, 16]);
 * ```
 */
export function unfoldImages(x: Tensor, kernelSize: Pair, options: WindowOptions = {}): Tensor {
  checkTensor("unfoldImages", x);
  checkImages(unfolding, [x]);
  const attributes = attributesOf(unfolding, options),
    window = sizesOf(unfolding, "kernelSize", kernelSize, 1);
  const counts = windowCounts(x.shape.slice(-2), window, attributes);
  if (counts.some((n) => n < 1)) throw refusal(unfolding, [x], misfit(window, x.shape.slice(-2)));
  return overBatch(unfolding, x, (images) => columnsOf(images, window, attributes));
}

/**
 * Columns of windows, `[channels · window, windows]` or a batch of them, as images of `outputSize` rows and columns in
 * which windows are added where they overlap, as `torch.nn.functional.fold`: the adjoint of {@link unfoldImages}.
 * Another number of windows than images of that size have is a {@link ShapeError}.
 *
 * @category Network functions
 */
export function foldImages(
  x: Tensor,
  outputSize: Pair,
  kernelSize: Pair,
  options: WindowOptions = {},
): Tensor {
  checkTensor("foldImages", x);
  const attributes = attributesOf(folding, options), window = sizesOf(folding, "kernelSize", kernelSize, 1);
  const extents = sizesOf(folding, "outputSize", outputSize, 1);
  const counts = windowCounts(extents, window, attributes);
  if (counts.some((n) => n < 1)) throw refusal(folding, [x], misfit(window, extents));
  const isOne = x.rank === 2, [rows, columns] = x.shape.slice(-2);
  if (!isOne && x.rank !== 3 || rows % sizeOf(window) !== 0 || columns !== sizeOf(counts)) {
    const needed = `columns [channels · ${sizeOf(window)}, ${sizeOf(counts)}] or a batch of them are needed`;
    throw refusal(folding, [x], needed);
  }
  const images = imagesOfColumns(
    isOne ? reshape(x, [1, ...x.shape]) : x,
    counts,
    extents,
    window,
    attributes,
  );
  return isOne ? reshape(images, images.shape.slice(1)) : images;
}

registerFunctions({ unfoldImages: 1, foldImages: 1 });
