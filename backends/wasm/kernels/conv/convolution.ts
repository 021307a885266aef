/** The kernels of convolutions, their transposes and their gradients by the weight. */
import {
  type AdjointAttributes,
  bytesPerElement,
  type ConvolutionAttributes,
  sizeOf,
} from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand, WasmKernel } from "../kernel.ts";
import { copy as copyAs, withRoom, withSingle } from "../matmul/halves.ts";
import { clearElements } from "../copy.ts";
import { fillImages, withContiguous, withFrames, withOutput } from "./frames.ts";
import { contiguousAt } from "./grid.ts";
import { type Compute, withOptional } from "./compute.ts";
import { upTo, withProducts, withSums } from "./sums.ts";
import { sendBack } from "./transposed.ts";
import { piecesOf, sumInPieces } from "./weights.ts";
import { frameOf, patchesOf, slidings } from "./windows.ts";

function kernelOf<A>(compute: Compute<A>): WasmKernel<A> {
  return (inputs, [output], attributes, heap) => {
    if (sizeOf(output.shape) === 0) return true;
    const run = (inputs: readonly Operand[], output: Operand) =>
      withOutput(heap, output, (output) => compute(inputs, output, attributes, heap));
    if (output.dtype === "f16") inSingle(inputs, output, heap, run);
    else run(inputs, output);
    return true;
  };
}

function inSingle(
  inputs: readonly Operand[],
  output: Operand,
  heap: Heap,
  run: (inputs: readonly Operand[], output: Operand) => void,
): void {
  const widened = (i: number, before: readonly Operand[]): void => {
    if (i < inputs.length) return withSingle(inputs[i], heap, (x) => widened(i + 1, [...before, x]));
    withRoom(output.shape, heap, (sums) => {
      run(before, sums);
      copyAs(sums, output, heap);
    });
  };
  widened(0, []);
}

const convolve: Compute<ConvolutionAttributes> = ([x, weight, bias], output, attributes, heap) => {
  const { groups } = attributes, [made, taken, ...window] = weight.shape, counts = output.shape.slice(2);
  if (taken === 0) return fillImages(heap, output, bias);
  const axes = slidings(x.shape.slice(2), window, counts, attributes), frame = frameOf([axes]);
  const image = made * sizeOf(counts) * bytesPerElement(x.dtype);
  withOptional(
    heap,
    bias,
    (bias) =>
      withContiguous(heap, weight, ({ pointer, dtype }) =>
        withFrames(heap, x, frame, (frameAt) => {
          const weights = contiguousAt(pointer, dtype, [made, taken * sizeOf(window)]);
          withSums(heap, { axes, frame, weights, bias, groups, taken }, (sum) => {
            // Of frames, of which one is there at a time, each image by itself.
            const places = upTo(x.shape[0]).map((i) => () =>
              [frameAt(i), output.pointer + i * image] as const
            );
            if (frameAt.isOne) places.forEach((place) => sum([place()]));
            else sum(places.map((place) => place()));
          });
        })),
  );
};

const correlate: Compute<AdjointAttributes> = ([x, slopes], output, attributes, heap) => {
  const { groups } = attributes, [batch, channels, ...counts] = slopes.shape, places = sizeOf(counts);
  if (batch * places === 0) return clearElements(heap, output);
  const [, taken, ...window] = output.shape, made = channels / groups, size = bytesPerElement(x.dtype);
  const axes = slidings(x.shape.slice(2), window, counts, attributes), frame = frameOf([axes]);
  const patches = patchesOf(taken, axes, frame), channel = taken * patches.taps.steps[0] * size;
  const c = taken * sizeOf(window) * size;
  withContiguous(
    heap,
    slopes,
    ({ pointer }) => {
      const sums = { images: x, frame, patches, groups, slopes: pointer, made, channel, output };
      const pieces = heap.multiplier ? 1 : piecesOf(sums);
      if (pieces > 1) return sumInPieces(heap, sums, pieces);
      withFrames(
        heap,
        x,
        frame,
        (frameAt) =>
          withProducts(heap, { dtype: x.dtype, patches, made }, (multiply) => {
            for (let image = 0; image < batch; image++) {
              for (let group = 0; group < groups; group++) {
                multiply({
                  from: frameAt(image) + patches.start * size + group * channel,
                  other: pointer + (image * channels + group * made) * places * size,
                  to: output.pointer + group * made * c,
                  adds: image > 0,
                });
              }
            }
          }),
      );
    },
  );
};

const convolution = kernelOf(convolve), transposed = kernelOf(sendBack), slope = kernelOf(correlate);

/** The kernels by the names of ops. */
export const convolutions = {
  conv1d: convolution,
  conv2d: convolution,
  conv3d: convolution,
  convTranspose1d: transposed,
  convTranspose2d: transposed,
  convTranspose3d: transposed,
  conv1dWeight: slope,
  conv2dWeight: slope,
  conv3dWeight: slope,
} as const;
