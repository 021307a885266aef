/** Convolutions of images, and of sequences and volumes by what these have in common. */
import { showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import type { Shape } from "../../base/shape.ts";
import { listed } from "../../base/text.ts";
import { apply } from "../../call/apply.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkMode, pad } from "../padding.ts";
import {
  checkOperands,
  inOneDtype,
  overBatch,
  type Pair,
  refusal,
  sizesOf,
  type Space,
  spaceOf,
} from "./convolution_options.ts";
import { type Convolutions, defineConvolutions } from "./convolution_rules.ts";
import { extentsOf, paddedExtents, reach, type WindowAttributes } from "./image_windows.ts";

/**
 * What is put around what is convolved: zeros, or as with {@link pad} its own elements.
 *
 * @category Network functions
 */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/**
 * How {@link conv2d} convolves.
 *
 * @category Network functions
 */
export interface ConvolutionOptions<Size = Pair> {
  /** What is added to each channel of the result: `[channels]`. */
  readonly bias?: Tensor | undefined;
  /** How far a window is from the next: 1 unless said. */
  readonly stride?: Size;
  /** Elements at each edge, 0 unless said: as many, none if `"valid"`, or such that the result is as large as the image if `"same"`. */
  readonly padding?: Size | "same" | "valid";
  /** What the elements at the edges are: zeros unless said. */
  readonly paddingMode?: PaddingMode;
  /** How far elements of a window are apart: 1 unless said. */
  readonly dilation?: Size;
  /** In how many parts the channels are convolved apart from each other: 1 unless said. */
  readonly groups?: number;
}

const known = ["bias", "stride", "padding", "paddingMode", "dilation", "groups"];
const modes: readonly string[] = ["zeros", "reflect", "replicate", "circular"];

type Sizes = Pick<WindowAttributes, "stride" | "dilation">;

// As PyTorch, which puts one element more behind where they are odd.
function paddingOf(space: Space, given: unknown, window: Shape, sizes: Sizes): [number, number][] {
  const { stride, dilation } = sizes;
  if (given === "valid") return window.map(() => [0, 0]);
  if (given !== "same") {
    const orNames = `${space.axes.length === 1 ? " or" : ","} "same" or "valid"`;
    return sizesOf(space, "padding", given, 0, orNames).map((n) => [n, n]);
  }
  if (stride.some((n) => n !== 1)) {
    const smaller = `the result would be smaller than the ${space.image}, choose the padding`;
    throw new RangeError(
      `Cannot ${space.op} with padding "same" and a stride of ${listed(stride)}: ${smaller}`,
    );
  }
  return window.map((extent, i) => {
    const zeros = dilation[i] * (extent - 1), before = Math.floor(zeros / 2);
    return [before, zeros - before];
  });
}

function windowAttributes(
  space: Space,
  window: Shape,
  options: ConvolutionOptions<unknown>,
): WindowAttributes {
  const { stride = 1, padding = 0, dilation = 1 } = options;
  const sizes = {
    stride: sizesOf(space, "stride", stride, 1),
    dilation: sizesOf(space, "dilation", dilation, 1),
  };
  return { ...sizes, padding: paddingOf(space, padding, window, sizes) };
}

function checkFits(space: Space, operands: readonly Tensor[], attributes: WindowAttributes): void {
  const [extents, window] = operands.map(({ shape }) => extentsOf(shape));
  const padded = paddedExtents(extents, attributes);
  const reached = window.map((n, i) => reach(n, attributes.dilation[i]));
  if (reached.every((n, i) => n <= padded[i])) return;
  const within = `${showShape(padded)}, which is the ${space.image} with its padding`;
  throw refusal(space, operands, `windows of ${showShape(reached)} do not fit into ${within}`);
}

/** The convolution along so many axes, with its options checked. */
export function convolve<Size>(
  { convolution }: Convolutions,
  x: Tensor,
  weight: Tensor,
  options: ConvolutionOptions<Size> = {},
): Tensor {
  const { name } = convolution, space = spaceOf(name, Number(name[4]));
  checkOptions(name, options, known);
  const { bias, groups = 1, paddingMode = "zeros" } = options, operands = { x, weight, bias, groups };
  checkOperands(space, operands);
  checkMode(`${name} with a padding mode of`, paddingMode, modes);
  const attributes = { ...windowAttributes(space, extentsOf(weight.shape), options), groups };
  return overBatch(space, x, (images) => {
    checkFits(space, [images, weight], attributes);
    if (paddingMode === "zeros") return apply(convolution, inOneDtype(images, operands), attributes);
    const padded = pad(images, attributes.padding, { mode: paddingMode });
    const padding = attributes.padding.map(() => [0, 0] as const);
    return apply(convolution, inOneDtype(padded, operands), { ...attributes, padding });
  });
}

/** The ops along two axes. */
export const alongTwo: Convolutions = defineConvolutions(2);

/**
 * The convolution of images, `[channels, rows, columns]` or a batch of them, by a weight `[channels out, channels in /
 * groups, rows, columns]`, as `torch.nn.functional.conv2d` (the weight is not flipped): each element of the result is
 * the sum of the products of a window of the image and the weight. Operands meet in one dtype; f16 is computed in f32.
 * Shapes that do not fit are a {@link ShapeError}, bools a {@link DtypeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { conv2d, ones, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]), sum = ones([1, 1, 2, 2]);
 * assertEquals(await conv2d(image, sum).array(), [[[12, 16], [24, 28]]]);
 * assertEquals(await conv2d(image, sum, { stride: 2, padding: [1, 0] }).array(), [[[3], [24]]]);
 * assertEquals(conv2d(image, ones([4, 1, 3, 3]), { padding: "same" }).shape, [4, 3, 3]);
 * assertEquals(await conv2d(image, sum, { padding: [0, 1], paddingMode: "circular" }).array(), [
 *   [[14, 12, 16, 14], [26, 24, 28, 26]],
 * ]);
 * ```
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolve(alongTwo, x, weight, options);
}
