/** Convolutions of images. */
import { dtypes } from "../../base/dtype.ts";
import { DtypeError, ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import { isCount, sameShape, sizeOf } from "../../base/shape.ts";
import { described, listed } from "../../base/text.ts";
import { apply } from "../../call/apply.ts";
import type { Composite, Parts, Saved, Saves, TensorType } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { commonDtype } from "../../define/operands.ts";
import { add, cast, expand, permute, product, reshape, sum, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import {
  type Both,
  type ConvolutionAttributes,
  imagesOf,
  paddedExtents,
  reach,
  windowCounts,
  windowsOf,
} from "./image_windows.ts";
import { wide } from "../widen.ts";

/** One number for the rows and the columns of an image, or one for each. */
export type Pair = number | readonly [rows: number, columns: number];

/** How {@link conv2d} convolves. */
export interface ConvolutionOptions {
  /** What is added to each channel of the result: `[channels]`. */
  readonly bias?: Tensor | undefined;
  /** How far a window is from the next: 1 unless said. */
  readonly stride?: Pair;
  /** Zeros at each edge, 0 unless said: as many, none if `"valid"`, or such that the result is as large as the image if `"same"`. */
  readonly padding?: Pair | "same" | "valid";
  /** How far elements of a window are apart: 1 unless said. */
  readonly dilation?: Pair;
  /** In how many parts the channels are convolved apart from each other: 1 unless said. */
  readonly groups?: number;
}

/** Weights as a matrix a group and image: `[batch, groups, channels out, channels in · window]`. */
function matricesOf(weight: Tensor, batch: number, { groups }: ConvolutionAttributes): Tensor {
  const [channels, ...rest] = weight.shape, matrix = [groups, channels / groups, sizeOf(rest)];
  return expand(reshape(weight, matrix), [batch, ...matrix]);
}

function convolve([x, weight, bias]: readonly Tensor[], attributes: ConvolutionAttributes): Tensor {
  const windows = windowsOf(x, weight.shape.slice(2), attributes);
  const [batch, groups, channels, rows, columns, ...kernel] = windows.shape;
  const matrix = reshape(permute(windows, [0, 1, 2, 5, 6, 3, 4]), [
    batch,
    groups,
    channels * sizeOf(kernel),
    rows * columns,
  ]);
  const images = product(matricesOf(weight, batch, attributes), matrix);
  const result = reshape(images, [batch, weight.shape[0], rows, columns]);
  return bias ? add(result, reshape(bias, [bias.size, 1, 1])) : result;
}

/** The transposed convolution: what each weight sends back to the places that its windows were at. */
function toImages(ct: Tensor, weight: Tensor, x: TensorType, attributes: ConvolutionAttributes): Tensor {
  const [batch, channels, rows, columns] = ct.shape, { groups } = attributes;
  const slopes = reshape(ct, [batch, groups, channels / groups, rows * columns]);
  const matrix = product(transpose(matricesOf(weight, batch, attributes)), slopes);
  const windows = reshape(matrix, [batch, x.shape[1], ...weight.shape.slice(2), rows, columns]);
  return imagesOf(permute(windows, [0, 1, 4, 5, 2, 3]), x, attributes);
}

/** One product a group, whose sums are over the places of all images. */
function toWeight(ct: Tensor, x: Tensor, weight: TensorType, attributes: ConvolutionAttributes): Tensor {
  const [batch, channels, rows, columns] = ct.shape, { groups } = attributes;
  const places = batch * rows * columns, [, ...rest] = weight.shape;
  const parted = reshape(ct, [batch, groups, channels / groups, rows, columns]);
  const slopes = reshape(permute(parted, [1, 2, 0, 3, 4]), [groups, channels / groups, places]);
  const windows = permute(windowsOf(x, rest.slice(1), attributes), [1, 0, 3, 4, 2, 5, 6]);
  return reshape(product(slopes, reshape(windows, [groups, places, sizeOf(rest)])), weight.shape);
}

function backward(
  [ct]: Parts,
  { inputs, attributes }: Saved<ConvolutionAttributes>,
  [image, weights, bias]: readonly boolean[],
): Parts {
  if (!ct) return inputs.map(() => null);
  const slopes = wide(ct), [x, weight] = inputs;
  const parts = [
    image ? toImages(slopes, wide(weight as Tensor), x, attributes) : null,
    weights ? toWeight(slopes, wide(x as Tensor), weight, attributes) : null,
    bias ? sum(slopes, [0, 2, 3]) : null,
  ];
  return inputs.map((_, i) => parts[i] && cast(parts[i], ct.dtype));
}

const convolution: Composite<ConvolutionAttributes> = defineComposite({
  name: "conv2d",
  infer([x, weight], attributes): TensorType {
    const shape = [x.shape[0], weight.shape[0], ...windowCounts(x, weight, attributes)];
    return { shape, dtype: x.dtype, backend: x.backend };
  },
  decompose: (inputs, attributes) => [cast(convolve(inputs.map(wide), attributes), inputs[0].dtype)],
  vjp: backward,
  saves: (_, [image, weight]): Saves => ({
    inputs: [...weight ? [0] : [], ...image ? [1] : []],
    outputs: [],
  }),
  jvp([dx, dWeight, dBias], { inputs, outputs: [y], attributes }): Parts {
    const [x, weight] = inputs as readonly Tensor[];
    const terms = [
      dx && apply(convolution, [dx, weight], attributes),
      dWeight && apply(convolution, [x, dWeight], attributes),
      dBias && expand(reshape(dBias, [dBias.size, 1, 1]), y.shape),
    ];
    return [terms.reduce<Tensor | null>((a, b) => a && b ? add(a, b) : a ?? b ?? null, null)];
  },
}, { arity: 3, dtypes: dtypes.filter((dtype) => dtype !== "bool") });

function refusal(x: Tensor, weight: Tensor, why: string): ShapeError {
  return new ShapeError(`Cannot conv2d ${showShape(x.shape)} by ${showShape(weight.shape)}: ${why}`, {
    op: "conv2d",
    shapes: [x.shape, weight.shape],
  });
}

function checkShapes(x: Tensor, weight: Tensor, bias: Tensor | undefined, groups: number): void {
  const [channels, taken, ...kernel] = weight.shape, given = x.shape[x.rank - 3];
  const wrong = x.rank !== 3 && x.rank !== 4
    ? "an image [channels, rows, columns] or a batch of them is needed"
    : weight.rank !== 4
    ? "a weight [channels out, channels in / groups, rows, columns] is needed"
    : sizeOf(kernel) === 0
    ? "a window of at least one element is needed"
    : given !== taken * groups
    ? `the image has ${given} channels, the weight takes ${
      groups === 1 ? taken : `${groups} groups of ${taken}`
    }`
    : channels % groups !== 0
    ? `${groups} groups do not divide ${channels} channels out`
    : bias && !sameShape(bias.shape, [channels])
    ? `the bias is ${showShape(bias.shape)}, [${channels}] is needed`
    : null;
  if (wrong) throw refusal(x, weight, wrong);
}

/** A pair of integers from `least`. */
function pairOf(name: string, given: unknown, least: number, orName = ""): Both {
  const pair = typeof given === "number" ? [given, given] : given;
  if (Array.isArray(pair) && pair.length === 2 && [0, 1].every((i) => isCount(pair[i]) && pair[i] >= least)) {
    return [pair[0], pair[1]];
  }
  throw new RangeError(
    `Cannot conv2d with a ${name} of ${Array.isArray(given) ? listed(given) : described(given)}: ` +
      `an integer from ${least} is needed, or two for rows and columns${orName}`,
  );
}

// As PyTorch, which puts one zero more behind where they are odd.
function paddingOf(
  given: ConvolutionOptions["padding"],
  weight: Tensor,
  { stride, dilation }: Strides,
): Both<Both> {
  if (given === "valid") return [[0, 0], [0, 0]];
  if (given !== "same") {
    const [rows, columns] = pairOf("padding", given, 0, ', "same" or "valid"');
    return [[rows, rows], [columns, columns]];
  }
  if (stride[0] !== 1 || stride[1] !== 1) {
    throw new RangeError(
      `Cannot conv2d with padding "same" and a stride of ${
        listed(stride)
      }: the result would be smaller than the image, choose the padding`,
    );
  }
  const around = (i: 0 | 1): Both => {
    const zeros = dilation[i] * (weight.shape[2 + i] - 1), before = Math.floor(zeros / 2);
    return [before, zeros - before];
  };
  return [around(0), around(1)];
}

type Strides = Pick<ConvolutionAttributes, "stride" | "dilation">;

function attributesOf(weight: Tensor, options: ConvolutionOptions): ConvolutionAttributes {
  const { groups = 1, padding = 0 } = options;
  const strides = {
    stride: pairOf("stride", options.stride ?? 1, 1),
    dilation: pairOf("dilation", options.dilation ?? 1, 1),
  };
  return { ...strides, padding: paddingOf(padding, weight, strides), groups };
}

function checkGroups(groups: unknown): void {
  if (isCount(groups) && groups > 0) return;
  throw new RangeError(`Cannot conv2d in ${described(groups)} groups: an integer from 1 is needed`);
}

function boolsError(operands: readonly Tensor[]): DtypeError {
  return new DtypeError('Cannot conv2d bool by bool: sums of bools are counts, cast with to("i32")', {
    op: "conv2d",
    dtypes: operands.map(({ dtype }) => dtype),
  });
}

function checkFits(x: Tensor, weight: Tensor, attributes: ConvolutionAttributes): void {
  const extents = paddedExtents(x, attributes);
  const size = attributes.dilation.map((n, i) => reach(weight.shape[2 + i], n));
  if (size.every((n, i) => n <= extents[i])) return;
  throw refusal(
    x,
    weight,
    `windows of ${showShape(size)} do not fit into ${
      showShape(extents)
    }, which is the image with its padding`,
  );
}

const known = ["bias", "stride", "padding", "dilation", "groups"];

/**
 * The convolution of images, `[channels, rows, columns]` or a batch of them, by a weight `[channels out, channels in /
 * groups, rows, columns]`, as PyTorch's (the weight is not flipped): each element of the result is the sum of the
 * products of a window of the image and the weight. Operands meet in one dtype; f16 is computed in f32. Shapes that
 * do not fit are a {@link ShapeError}, bools a {@link DtypeError}.
 *
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
 * ```
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  checkOptions("conv2d", options, known);
  const { bias, groups = 1 } = options;
  for (const t of bias ? [x, weight, bias] : [x, weight]) checkTensor("conv2d", t);
  checkGroups(groups);
  checkShapes(x, weight, bias, groups);
  const dtype = commonDtype(bias ? [x, weight, bias] : [x, weight]);
  if (dtype === "bool") throw boolsError([x, weight]);
  const isOne = x.rank === 3, images = isOne ? reshape(x, [1, ...x.shape]) : x;
  const attributes = attributesOf(weight, options);
  checkFits(images, weight, attributes);
  const operands = bias ? [images, weight, bias] : [images, weight];
  const result = apply(convolution, operands.map((t) => t.to(dtype)), attributes);
  return isOne ? reshape(result, result.shape.slice(1)) : result;
}
