/**
 * The ops of convolutions along so many axes. There are three, each linear in both of its operands, and each other's
 * gradients: of an image and a weight the convolution, of the convolution and the weight the image, of the image and
 * the convolution the weight.
 */
import { dtypes } from "../../base/dtype.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { apply } from "../../call/apply.ts";
import type { Composite, Parts, Saved, Saves, TensorType } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { add, cast, expand, permute, product, reshape, sum, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import {
  columnsOf,
  extentsOf,
  firstOf,
  imagesOfColumns,
  type WindowAttributes,
  windowCounts,
  windowsOf,
} from "./image_windows.ts";
import { wide } from "../widen.ts";

/**
 * What a convolution is told: plain data.
 *
 * @category Backends
 */
export interface ConvolutionAttributes extends WindowAttributes {
  /** In how many parts the channels are convolved apart from each other. */
  readonly groups: number;
}

/**
 * What a convolution's transpose and its gradient by the weight are told: plain data.
 *
 * @category Backends
 */
export interface AdjointAttributes extends ConvolutionAttributes {
  /** The extents of the image, or the window, that is computed. */
  readonly extents: Shape;
}

/** The three ops, which are each other's gradients. */
export interface Convolutions {
  /** Of images, a weight and perhaps a bias. */
  readonly convolution: Composite<ConvolutionAttributes>;
  /** What each weight sends back to the places that its windows were at, of slopes, a weight and perhaps a bias. */
  readonly transposed: Composite<AdjointAttributes>;
  /** The weight's gradient, of images and slopes. */
  readonly slope: Composite<AdjointAttributes>;
}

/** Weights as a matrix a group and image: `[batch, groups, channels out, channels in · window]`. */
function matricesOf(weight: Tensor, batch: number, groups: number): Tensor {
  const [channels, ...rest] = weight.shape, matrix = [groups, channels / groups, sizeOf(rest)];
  return expand(reshape(weight, matrix), [batch, ...matrix]);
}

/** Batches of channels as a matrix a group and image. */
function groupedRows(x: Tensor, groups: number): Tensor {
  const [batch, channels, ...extents] = x.shape;
  return reshape(x, [batch, groups, channels / groups, sizeOf(extents)]);
}

function alongChannels(bias: Tensor, like: Shape): Tensor {
  return reshape(bias, [bias.size, ...extentsOf(like).map(() => 1)]);
}

function biased(x: Tensor, bias: Tensor | undefined): Tensor {
  return bias ? add(x, alongChannels(bias, x.shape)) : x;
}

function convolve([x, weight, bias]: readonly Tensor[], attributes: ConvolutionAttributes): Tensor {
  const window = extentsOf(weight.shape), counts = windowCounts(extentsOf(x.shape), window, attributes);
  const columns = groupedRows(columnsOf(x, window, attributes), attributes.groups);
  const images = product(matricesOf(weight, x.shape[0], attributes.groups), columns);
  return biased(reshape(images, [x.shape[0], weight.shape[0], ...counts]), bias);
}

function sendBack([slopes, weight, bias]: readonly Tensor[], attributes: AdjointAttributes): Tensor {
  const { groups, extents } = attributes, [, channels, ...window] = weight.shape, [batch] = slopes.shape;
  const rows = groupedRows(slopes, groups);
  const matrix = product(transpose(matricesOf(weight, batch, groups)), rows);
  const columns = reshape(matrix, [batch, groups * channels * sizeOf(window), rows.shape[3]]);
  return biased(imagesOfColumns(columns, extentsOf(slopes.shape), extents, window, attributes), bias);
}

/** One product a group, whose sums are over the places of all images. */
function correlate([x, slopes]: readonly Tensor[], attributes: AdjointAttributes): Tensor {
  const { groups, extents } = attributes, [batch, channels, ...counts] = slopes.shape;
  const taken = x.shape[1] / groups, places = batch * sizeOf(counts), n = counts.length;
  const parted = reshape(slopes, [batch, groups, channels / groups, ...counts]);
  const left = permute(parted, [1, 2, 0, ...counts.map((_, i) => 3 + i)]);
  const windows = reshape(windowsOf(x, extents, attributes, counts), [
    batch,
    groups,
    taken,
    ...counts,
    ...extents,
  ]);
  // Places last, since neighbours lie side by side in memory.
  const right = permute(windows, [
    1,
    2,
    ...extents.map((_, i) => 3 + n + i),
    0,
    ...counts.map((_, i) => 3 + i),
  ]);
  const products = product(
    reshape(left, [groups, channels / groups, places]),
    transpose(reshape(right, [groups, taken * sizeOf(extents), places])),
  );
  return reshape(products, [channels, taken, ...extents]);
}

// Each needs the other operand.
function saves(_: unknown, [first, second]: readonly boolean[]): Saves {
  return { inputs: [...second ? [0] : [], ...first ? [1] : []], outputs: [] };
}

function biasSlope(ct: Tensor): Tensor {
  const axes = ct.shape.map((_, i) => i).filter((i) => i !== 1);
  return cast(sum(wide(ct), axes), ct.dtype);
}

/** The sum of what the op gives with either operand's tangent in place of it, and the bias's. */
function linearJvp<A>(op: () => Composite<A>): Composite<A>["jvp"] {
  return ([da, db, dBias], { inputs, outputs: [y], attributes }) => {
    const [a, b] = inputs as readonly Tensor[];
    const terms = [
      da && apply(op(), [da, b], attributes),
      db && apply(op(), [a, db], attributes),
      dBias && expand(alongChannels(dBias, y.shape), y.shape),
    ];
    return [terms.reduce<Tensor | null>((x, y) => x && y ? add(x, y) : x ?? y ?? null, null)];
  };
}

/** Computes from f16 in f32, and rounds once. */
function inWide<A>(compute: (inputs: readonly Tensor[], attributes: A) => Tensor): Composite<A>["decompose"] {
  return (inputs, attributes) => [cast(compute(inputs.map(wide), attributes), inputs[0].dtype)];
}

function plain({ stride, padding, dilation, groups }: ConvolutionAttributes): ConvolutionAttributes {
  return { stride, padding, dilation, groups };
}

function like({ dtype, backend }: TensorType, shape: Shape): TensorType {
  return { shape, dtype, backend };
}

/** A cotangent for each input that is wanted, each of the operands it is made of. */
function cotangents<A>(
  { inputs }: Saved<A>,
  wanted: readonly boolean[],
  make: readonly ((a: Tensor, b: Tensor) => Tensor)[],
): Parts {
  const [a, b] = inputs as readonly Tensor[];
  return inputs.map((_, i) => wanted[i] ? make[i](a, b) : null);
}

/** Each of the three by the other two. */
interface Calls {
  readonly convolve: (x: Tensor, weight: Tensor, attributes: ConvolutionAttributes, shape: Shape) => Tensor;
  readonly sendBack: (ct: Tensor, weight: Tensor, attributes: ConvolutionAttributes, shape: Shape) => Tensor;
  readonly correlate: (x: Tensor, ct: Tensor, attributes: ConvolutionAttributes, shape: Shape) => Tensor;
}

/** Calls of the ops whose results have a given shape. */
function callsOf(own: () => Convolutions): Calls {
  const sized = (attributes: ConvolutionAttributes, shape: Shape): AdjointAttributes => ({
    ...plain(attributes),
    extents: extentsOf(shape),
  });
  return {
    // Places that output padding adds have no windows of their own.
    convolve: (x, weight, attributes, shape) =>
      firstOf(apply(own().convolution, [x, weight], plain(attributes)), shape),
    sendBack: (ct, weight, attributes, shape) =>
      apply(own().transposed, [ct, weight], sized(attributes, shape)),
    correlate: (x, ct, attributes, shape) => apply(own().slope, [x, ct], sized(attributes, shape)),
  };
}

function convolutionRules(name: string, own: () => Convolutions): Composite<ConvolutionAttributes> {
  const calls = callsOf(own);
  return {
    name,
    infer([x, { shape: [channels, , ...window] }], attributes): TensorType {
      const counts = windowCounts(extentsOf(x.shape), window, attributes);
      return like(x, [x.shape[0], channels, ...counts]);
    },
    decompose: inWide(convolve),
    saves,
    vjp([ct], saved, wanted): Parts {
      const { attributes, inputs: [x, weight] } = saved;
      return cotangents(saved, ct ? wanted : [], [
        (_, w) => calls.sendBack(ct!, w, attributes, x.shape),
        (x) => calls.correlate(x, ct!, attributes, weight.shape),
        () => biasSlope(ct!),
      ]);
    },
    jvp: linearJvp(() => own().convolution),
  };
}

function transposedRules(name: string, own: () => Convolutions): Composite<AdjointAttributes> {
  const calls = callsOf(own);
  return {
    name,
    infer: ([x, weight], { groups, extents }) => like(x, [x.shape[0], weight.shape[1] * groups, ...extents]),
    decompose: inWide(sendBack),
    saves,
    vjp([ct], saved, wanted): Parts {
      const { attributes, inputs: [x, weight] } = saved;
      return cotangents(saved, ct ? wanted : [], [
        (_, w) => calls.convolve(ct!, w, attributes, x.shape),
        (x) => calls.correlate(ct!, x, attributes, weight.shape),
        () => biasSlope(ct!),
      ]);
    },
    jvp: linearJvp(() => own().transposed),
  };
}

function slopeRules(name: string, own: () => Convolutions): Composite<AdjointAttributes> {
  const calls = callsOf(own);
  return {
    name,
    infer: ([x, slopes], { groups, extents }) => like(x, [slopes.shape[1], x.shape[1] / groups, ...extents]),
    decompose: inWide(correlate),
    saves,
    vjp([ct], saved, wanted): Parts {
      const { attributes, inputs: [x, slopes] } = saved;
      return cotangents(saved, ct ? wanted : [], [
        (_, slopes) => calls.sendBack(slopes, ct!, attributes, x.shape),
        (x) => calls.convolve(x, ct!, attributes, slopes.shape),
      ]);
    },
    jvp: linearJvp(() => own().slope),
  };
}

/** The ops along `axes` axes, as `conv2d`, `convTranspose2d` and `conv2dWeight`. */
export function defineConvolutions(axes: number): Convolutions {
  const numbers = dtypes.filter((dtype) => dtype !== "bool"), own = () => all;
  const all: Convolutions = {
    convolution: defineComposite(convolutionRules(`conv${axes}d`, own), { arity: 3, dtypes: numbers }),
    transposed: defineComposite(transposedRules(`convTranspose${axes}d`, own), { arity: 3, dtypes: numbers }),
    slope: defineComposite(slopeRules(`conv${axes}dWeight`, own), { arity: 2, dtypes: numbers }),
  };
  return all;
}
