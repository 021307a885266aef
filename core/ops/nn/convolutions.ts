/** Convolutions of sequences and of volumes. */
import type { Tensor } from "../../tensor/tensor.ts";
import { type ConvolutionOptions, convolve } from "./convolution.ts";
import type { Single, Triple } from "./convolution_options.ts";
import { type Convolutions, defineConvolutions } from "./convolution_rules.ts";

/** The ops along one axis. */
export const alongOne: Convolutions = defineConvolutions(1);

/** The ops along three axes. */
export const alongThree: Convolutions = defineConvolutions(3);

/**
 * The convolution of sequences, `[channels, length]` or a batch of them, by a weight `[channels out, channels in /
 * groups, length]`, as `torch.nn.functional.conv1d`: {@link conv2d} along one axis.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { conv1d, ones, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2, 3, 4]]), sum = ones([1, 1, 3]);
 * assertEquals(await conv1d(x, sum).array(), [[6, 9]]);
 * assertEquals(await conv1d(x, sum, { padding: "same" }).array(), [[3, 6, 9, 7]]);
 * assertEquals(await conv1d(x, sum, { padding: 1, paddingMode: "reflect" }).array(), [[5, 6, 9, 10]]);
 * ```
 */
export function conv1d(x: Tensor, weight: Tensor, options: ConvolutionOptions<Single> = {}): Tensor {
  return convolve(alongOne, x, weight, options);
}

/**
 * The convolution of volumes, `[channels, depth, rows, columns]` or a batch of them, by a weight `[channels out,
 * channels in / groups, depth, rows, columns]`, as `torch.nn.functional.conv3d`: {@link conv2d} along three axes.
 *
 * @category Network functions
 */
export function conv3d(x: Tensor, weight: Tensor, options: ConvolutionOptions<Triple> = {}): Tensor {
  return convolve(alongThree, x, weight, options);
}
