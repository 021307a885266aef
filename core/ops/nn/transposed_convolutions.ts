/** Transposed convolutions: the adjoints of convolutions, which take what these give. */
import { checkOptions } from "../../base/settings.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { listed } from "../../base/text.ts";
import { apply } from "../../call/apply.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { alongTwo, type ConvolutionOptions } from "./convolution.ts";
import {
  checkOperands,
  inOneDtype,
  overBatch,
  type Pair,
  refusal,
  type Single,
  sizesOf,
  type Space,
  spaceOf,
  type Triple,
} from "./convolution_options.ts";
import type { AdjointAttributes, Convolutions } from "./convolution_rules.ts";
import { alongOne, alongThree } from "./convolutions.ts";
import { extentsOf, reach } from "./image_windows.ts";

/**
 * How {@link convTranspose2d} convolves.
 *
 * @category Network functions
 */
export interface TransposedConvolutionOptions<Size = Pair>
  extends Pick<ConvolutionOptions<Size>, "bias" | "stride" | "dilation" | "groups"> {
  /** How many elements are taken away at each edge: 0 unless said. */
  readonly padding?: Size;
  /**
   * How many rows and columns the result has more, behind, of those that several images have the same convolution
   * with: 0 unless said. They must be fewer than the stride or the dilation.
   */
  readonly outputPadding?: Size;
}

const known = ["bias", "stride", "padding", "outputPadding", "groups", "dilation"];

type Sizes = Readonly<Record<"stride" | "padding" | "outputPadding" | "dilation", number[]>>;

function sizesFor(space: Space, options: TransposedConvolutionOptions<unknown>): Sizes {
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1 } = options;
  const sizes = {
    stride: sizesOf(space, "stride", stride, 1),
    padding: sizesOf(space, "padding", padding, 0),
    outputPadding: sizesOf(space, "outputPadding", outputPadding, 0),
    dilation: sizesOf(space, "dilation", dilation, 1),
  };
  if (sizes.outputPadding.every((n, i) => n < Math.max(sizes.stride[i], sizes.dilation[i]))) return sizes;
  throw new RangeError(
    `Cannot ${space.op} with an outputPadding of ${
      listed(sizes.outputPadding)
    }: it must be less than the stride, ${listed(sizes.stride)}, or the dilation, ${listed(sizes.dilation)}`,
  );
}

function adjointAttributes(extents: Shape, window: Shape, sizes: Sizes, groups: number): AdjointAttributes {
  const { stride, padding, outputPadding, dilation } = sizes;
  return {
    stride,
    padding: padding.map((n) => [n, n]),
    dilation,
    groups,
    extents: extents.map((n, i) =>
      (n - 1) * stride[i] - 2 * padding[i] + reach(window[i], dilation[i]) + outputPadding[i]
    ),
  };
}

function convolveBack<Size>(
  { transposed }: Convolutions,
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions<Size> = {},
): Tensor {
  const { name } = transposed, space = spaceOf(name, Number(name.at(-2)));
  checkOptions(name, options, known);
  const { bias, groups = 1 } = options, operands = { x, weight, bias, groups };
  checkOperands(space, operands, true);
  const sizes = sizesFor(space, options);
  return overBatch(space, x, (images) => {
    const [given, window] = [images, weight].map(({ shape }) => extentsOf(shape));
    if (sizeOf(given) === 0) {
      throw refusal(space, [x, weight], `the ${space.image} has no elements, one along each axis is needed`);
    }
    const attributes = adjointAttributes(given, window, sizes, groups), { extents } = attributes;
    if (extents.every((n) => n > 0)) return apply(transposed, inOneDtype(images, operands), attributes);
    throw refusal(
      space,
      [x, weight],
      `the padding leaves nothing of the result, extents of ${listed(extents)}`,
    );
  });
}

/**
 * The transposed convolution of sequences, `[channels, length]` or a batch of them, by a weight `[channels in, channels
 * out / groups, length]`, as `torch.nn.functional.conv_transpose1d`: {@link convTranspose2d} along one axis.
 *
 * @category Network functions
 */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions<Single> = {},
): Tensor {
  return convolveBack(alongOne, x, weight, options);
}

/**
 * The transposed convolution of images, `[channels, rows, columns]` or a batch of them, by a weight `[channels in,
 * channels out / groups, rows, columns]`, as `torch.nn.functional.conv_transpose2d`: the weight times each element is
 * added to the window that a convolution with these options would compute that element from. Shapes that do not fit,
 * and padding that leaves nothing of the result, are a {@link ShapeError}, bools a {@link DtypeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { conv2d, convTranspose2d, tensor, vjp } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const y = tensor([[[1, 2], [3, 4]]]), weight = tensor([[[[1, 1], [1, 0]]]]);
 * const x = convTranspose2d(y, weight, { stride: 2 });
 * assertEquals(await x.array(), [[[1, 1, 2, 2], [1, 0, 2, 0], [3, 3, 4, 4], [3, 0, 4, 0]]]);
 *
 * const [, pull] = vjp((x) => conv2d(x, weight, { stride: 2 }), x);
 * assertEquals(await pull(y)[0].array(), await x.array());
 * ```
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return convolveBack(alongTwo, x, weight, options);
}

/**
 * The transposed convolution of volumes, `[channels, depth, rows, columns]` or a batch of them, by a weight `[channels
 * in, channels out / groups, depth, rows, columns]`, as `torch.nn.functional.conv_transpose3d`: {@link
 * convTranspose2d} along three axes.
 *
 * @category Network functions
 */
export function convTranspose3d(
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions<Triple> = {},
): Tensor {
  return convolveBack(alongThree, x, weight, options);
}
