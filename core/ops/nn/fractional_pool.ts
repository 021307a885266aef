/** Pooling by the largest element of windows whose places are drawn. */
import { dtypes, isFloating } from "../../base/dtype.ts";
import { showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import { sameShape, type Shape, sizeOf } from "../../base/shape.ts";
import { described, listed } from "../../base/text.ts";
import { registerFunctions } from "../../call/catalog.ts";
import { noGrad } from "../../call/record.ts";
import { reshape } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { add, mul, sub } from "../arithmetic.ts";
import { where } from "../choice.ts";
import { equal } from "../comparison.ts";
import { to } from "../convert.ts";
import { gather } from "../indexing.ts";
import type { Key } from "../keys.ts";
import { uniform } from "../random.ts";
import { arange } from "../ranges.ts";
import { floor } from "../rounding.ts";
import { wide } from "../widen.ts";
import { narrow } from "../windows.ts";
import { type Indexing, largestOf, type PicksLargest } from "./largest.ts";
import { type Pair, refusal, sizesOf, type Space, spaceOf, type Triple } from "./convolution_options.ts";
import { checkPooled } from "./pool_windows.ts";

/**
 * How {@link fractionalMaxPool2d} pools: either a size or a ratio must be given.
 *
 * @category Network functions
 */
export interface FractionalMaxPoolOptions<Size = Pair> {
  /** How many windows along each spatial axis. */
  readonly outputSize?: Size | undefined;
  /** The same as parts of the extents of the image, between 0 and 1. */
  readonly outputRatio?: Size | undefined;
  /** Where the places of the windows come from; the global sequence unless said. */
  readonly key?: Key | undefined;
  /** In their stead numbers from 0 to 1, for each image, channel and spatial axis: `[batch, channels, axes]`. */
  readonly _randomSamples?: Tensor | undefined;
}

const known = { outputSize: null, outputRatio: null, returnIndices: false, key: null, _randomSamples: null };

function countsFor(space: Space, image: Shape, options: FractionalMaxPoolOptions<unknown>): number[] {
  const { outputSize, outputRatio } = options;
  if (outputSize !== undefined) return sizesOf(space, "outputSize", outputSize, 1);
  const list = Array.isArray(outputRatio) ? outputRatio : image.map(() => outputRatio);
  if (list.length === image.length && list.every((n) => typeof n === "number" && n > 0 && n < 1)) {
    return image.map((extent, i) => Math.floor(extent * list[i]));
  }
  const found = Array.isArray(outputRatio) ? listed(outputRatio) : described(outputRatio);
  throw new RangeError(
    `Cannot ${space.op} with an outputRatio of ${found}: an outputSize is needed, or a ratio between 0 and 1`,
  );
}

interface Sequence {
  readonly extent: number;
  readonly size: number;
  readonly count: number;
}

/** Where windows start along an axis, by PyTorch's formula, of a number from 0 to 1 each: `[…]` to `[…, count]`, as i32. */
function startsFor(samples: Tensor, { extent, size, count }: Sequence): Tensor {
  const { backend, dtype } = samples, last = extent - size, step = count > 1 ? last / (count - 1) : 0;
  const u = reshape(samples, [...samples.shape, 1]), i = arange(0, count, 1, { backend, dtype });
  const drawn = sub(floor(mul(add(i, u), step)), floor(mul(u, step)));
  return to(where(equal(i, count - 1), last, drawn), "i32");
}

/** Positions of the elements of all windows in the flattened image: `[…, …counts, …kernel]`. */
function placesFor(samples: Tensor, image: Shape, kernel: Shape, counts: Shape): Tensor {
  const lead = samples.shape.slice(0, -1), axes = image.length, along = new Array<number>(axes).fill(1);
  const { backend } = samples;
  const parts = image.map((extent, axis) => {
    // PyTorch has the number for columns first where there are rows and columns, and last where there are planes too.
    const part = narrow(samples, -1, axes === 2 ? 1 - axis : axis, 1);
    const starts = startsFor(reshape(part, lead), { extent, size: kernel[axis], count: counts[axis] });
    const within = arange(0, kernel[axis], 1, { backend, dtype: "i32" });
    const places = add(
      reshape(starts, [...lead, ...along.with(axis, counts[axis]), ...along]),
      reshape(within, along.with(axis, kernel[axis])),
    );
    return mul(places, sizeOf(image.slice(axis + 1)));
  });
  return parts.reduce((a, b) => add(a, b));
}

function samplesFor(space: Space, x: Tensor, options: FractionalMaxPoolOptions<unknown>): Tensor {
  const { key, _randomSamples: given } = options, axes = space.axes.length;
  const shape = [...x.shape.slice(0, -axes), axes], inBatch = [1, ...shape].slice(-3);
  // In one precision, so that windows lie alike in all.
  if (!given) return uniform(shape, { backend: x.backend, dtype: "f32", ...(key && { key }) });
  checkTensor(`${space.op} with _randomSamples, which are`, given);
  if (sameShape(given.shape, inBatch)) return wide(reshape(given, shape));
  throw refusal(space, [x, given], `_randomSamples of ${showShape(inBatch)} are needed`);
}

/** Positions in the flattened image of the largest element of each window: `[…, …counts]`. */
function indicesFor(x: Tensor, samples: Tensor, kernel: Shape, counts: Shape): Tensor {
  const axes = kernel.length, lead = x.shape.slice(0, -axes), image = x.shape.slice(-axes);
  const places = placesFor(samples, image, kernel, counts);
  const flat = reshape(places, [...lead, sizeOf(counts) * sizeOf(kernel)]);
  const windows = gather(reshape(x, [...lead, sizeOf(image)]), -1, flat);
  const each = [...lead, ...counts, sizeOf(kernel)];
  const [, largest] = largestOf(reshape(windows, each), reshape(flat, each));
  return largest;
}

type FractionalMaxPool<Size> = PicksLargest<Size, FractionalMaxPoolOptions<Size>>;

function fractionalPooling<Size>(name: string, axes: number): FractionalMaxPool<Size> {
  const space = spaceOf(name, axes);
  registerFunctions({ [name]: 1 }, { dtypes: dtypes.filter(isFloating) });
  return ((x, kernelSize, options: FractionalMaxPoolOptions<unknown> & Indexing = {}) => {
    checkPooled(space, x);
    checkOptions(name, options, known);
    const lead = x.shape.slice(0, -axes), image = x.shape.slice(-axes);
    const window = sizesOf(space, "kernelSize", kernelSize, 1), counts = countsFor(space, image, options);
    if (counts.some((count, i) => count < 1 || count + window[i] - 1 > image[i])) {
      throw refusal(space, [x], `${showShape(counts)} windows of ${showShape(window)} do not fit into it`);
    }
    const samples = samplesFor(space, x, options);
    const indices = noGrad(() => indicesFor(x, samples, window, counts));
    const flat = reshape(indices, [...lead, sizeOf(counts)]);
    const values = reshape(gather(reshape(x, [...lead, sizeOf(image)]), -1, flat), indices.shape);
    return options.returnIndices ? { values, indices } : values;
  }) as FractionalMaxPool<Size>;
}

/**
 * The largest element of each window of an image, `[channels, rows, columns]` or a batch of them, as PyTorch's
 * `torch.nn.functional.fractional_max_pool2d`: windows of `kernelSize` start at places that are drawn for each image
 * and channel, one further than the other by the ratio of the extents or one more or less. Graham (2014).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { arange, fractionalMaxPool2d, key, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = arange(25).reshape([1, 5, 5]), options = { outputSize: 3, key: key(1) };
 * assertEquals(fractionalMaxPool2d(image, 2, { outputRatio: 0.7 }).shape, [1, 3, 3]);
 * const again = fractionalMaxPool2d(image, 2, options);
 * assertEquals(await fractionalMaxPool2d(image, 2, options).array(), await again.array());
 * const _randomSamples = tensor([[[0.1, 0.9]]]); // columns first
 * const places = fractionalMaxPool2d(image, 2, { outputSize: 3, _randomSamples });
 * assertEquals(await places.array(), [[[6, 7, 9], [11, 12, 14], [21, 22, 24]]]);
 * ```
 */
export const fractionalMaxPool2d: PicksLargest<Pair, FractionalMaxPoolOptions<Pair>> =
  /* @__PURE__ */ fractionalPooling(
    "fractionalMaxPool2d",
    2,
  );

/**
 * The largest element of each window of a volume, `[channels, depth, rows, columns]` or a batch of them, as PyTorch's
 * `torch.nn.functional.fractional_max_pool3d`; see {@link fractionalMaxPool2d}.
 *
 * @category Network functions
 */
export const fractionalMaxPool3d: PicksLargest<Triple, FractionalMaxPoolOptions<Triple>> =
  /* @__PURE__ */ fractionalPooling(
    "fractionalMaxPool3d",
    3,
  );
