/** Convolutions along any number of axes, their transposes, and their gradients by the weight, as contractions. */
import {
  type ConvolutionAttributes,
  type ConvolutionKernels,
  e,
  input,
  type Kernel,
  type View,
} from "@tapegrad/core/backend";
import { plain, repeatedAlong } from "../../common/views.ts";
import { contract } from "./contraction.ts";
import type { Contraction } from "./contraction_loops.ts";
import { biasFactor, dot, factor, onlyAxis, partsOf, products } from "./convolution_factors.ts";
import { commonDivisor, transposed } from "./convolve_turned.ts";
import type { Gpu } from "./kernel.ts";
import { map } from "./map.ts";
import { halvesOf } from "../walk/pieces.ts";

/** `output = convolution of x by a weight, plus a bias of each channel if there is one`. */
export function convolve(
  gpu: Gpu,
  inputs: readonly View[],
  output: View,
  sliding: ConvolutionAttributes,
): void {
  inBatches(gpu, inputs, output, (x, out) => {
    contract(gpu, convolution([x, ...inputs.slice(1)], out, sliding), false);
  });
}

/** What each weight sends back to the places that its windows were at. */
export function convolveBack(
  gpu: Gpu,
  inputs: readonly View[],
  output: View,
  sliding: ConvolutionAttributes,
): void {
  const { stride, dilation } = sliding;
  const areAllReached = stride.every((s, i) => commonDivisor(s, dilation[i]) === 1);
  inBatches(gpu, inputs, output, (slopes, out) => {
    if (!areAllReached) preset(gpu, out, inputs[2]);
    contract(gpu, transposed([slopes, ...inputs.slice(1)], out, sliding), false);
  });
}

/** The gradient of a convolution by its weight, of x and the slopes. */
export function convolveWeight(
  gpu: Gpu,
  inputs: readonly View[],
  output: View,
  sliding: ConvolutionAttributes,
): void {
  if (inputs.every((view) => gpu.fits(view))) {
    const [x, slopes] = inputs.map((view) => gpu.fit("convolve", view));
    return contract(gpu, weightSlope([x, slopes], output, sliding), true);
  }
  const halves = inputs.map((view) => halvesOf(view, 0)), { dtype, shape } = output;
  const parts = [0, 1].map((i) => {
    const part = gpu.temporary(dtype === "f16" ? "f32" : dtype, shape);
    convolveWeight(gpu, halves.map((pair) => pair[i]), part, sliding);
    return part;
  });
  map(gpu, e.add(input(0), input(1)), parts, output);
  parts.forEach((part) => gpu.release(part));
}

/** Whether a kernel cannot see even one image at once, or the weight; what the op is made of then runs. */
export function isTooLarge(gpu: Gpu, op: string, inputs: readonly View[]): boolean {
  const batches = !op.startsWith("conv") ? 0 : op.endsWith("Weight") ? 2 : 1;
  return batches > 0 &&
    inputs.some((view, i) =>
      !gpu.fits(i < batches ? { ...plain(view), shape: view.shape.with(0, 1) } : view)
    );
}

/** The kernels by the names of the ops. */
export function convolutionKernels(
  run: (work: typeof convolve) => Kernel<ConvolutionAttributes>,
): ConvolutionKernels {
  const [forward, back, weight] = [convolve, convolveBack, convolveWeight].map(run);
  return {
    conv1d: forward,
    conv2d: forward,
    conv3d: forward,
    convTranspose1d: back,
    convTranspose2d: back,
    convTranspose3d: back,
    conv1dWeight: weight,
    conv2dWeight: weight,
    conv3dWeight: weight,
  };
}

// As many images at once as a kernel can see.
function inBatches(
  gpu: Gpu,
  inputs: readonly View[],
  output: View,
  run: (x: View, output: View) => void,
): void {
  const [x] = inputs;
  if (gpu.fits(x) && gpu.fits(output) || x.shape[0] < 2) {
    return run(gpu.fit("convolve", x), gpu.fit("convolve", output));
  }
  const [xs, outputs] = [x, output].map((view) => halvesOf(view, 0));
  outputs.forEach((half, i) => inBatches(gpu, inputs.with(0, xs[i]), half, run));
}

// What no window reaches is the bias.
function preset(gpu: Gpu, output: View, bias?: View): void {
  const { shape } = output, others = shape.map((_, i) => i).filter((i) => i !== 1);
  if (bias) map(gpu, input(0), [repeatedAlong(plain(bias), shape, others)], output);
  else map(gpu, e.cast(0, output.dtype), [], output);
}

function convolution(
  [x, weight, bias]: readonly View[],
  out: View,
  sliding: ConvolutionAttributes,
): Contraction {
  const { stride, dilation, groups } = sliding, before = sliding.padding.map(([n]) => n);
  const [extents, steps] = partsOf(x), [window, along] = partsOf(weight), [counts, outSteps] = partsOf(out);
  const rows = out.shape[1] / groups, taken = x.shape[1] / groups;
  const loops = { batch: [groups], m: [rows], n: [out.shape[0], ...counts], k: [taken, ...window] };
  const bounds = extents.map((extent, i) => ({
    place: { from: -before[i], n: onlyAxis(counts, i, stride[i]), k: onlyAxis(counts, i, dilation[i]) },
    extent,
  }));
  return {
    label: "convolve",
    loops,
    a: factor(loops, weight, {
      batch: [rows * weight.strides[0]],
      m: [weight.strides[0]],
      k: [weight.strides[1], ...along],
    }),
    b: factor(loops, x, {
      from: x.offset - dot(before, steps),
      batch: [taken * x.strides[1]],
      n: [x.strides[0], ...products(stride, steps)],
      k: [x.strides[1], ...products(dilation, steps)],
    }, bounds),
    out: factor(loops, out, {
      batch: [rows * out.strides[1]],
      m: [out.strides[1]],
      n: [out.strides[0], ...outSteps],
    }),
    bias: biasFactor(loops, bias),
  };
}

function weightSlope([x, slopes]: readonly View[], out: View, sliding: ConvolutionAttributes): Contraction {
  const { stride, dilation, groups } = sliding, before = sliding.padding.map(([n]) => n);
  const [extents, steps] = partsOf(x), [window, outSteps] = partsOf(out), [counts, along] = partsOf(slopes);
  const rows = out.shape[0] / groups, taken = x.shape[1] / groups;
  const loops = { batch: [groups], m: [rows], n: [taken, ...window], k: [x.shape[0], ...counts] };
  const bounds = extents.map((extent, i) => ({
    place: { from: -before[i], n: onlyAxis(counts, i, dilation[i]), k: onlyAxis(counts, i, stride[i]) },
    extent,
  }));
  return {
    label: "convolve by weight",
    loops,
    a: factor(loops, slopes, {
      batch: [rows * slopes.strides[1]],
      m: [slopes.strides[1]],
      k: [slopes.strides[0], ...along],
    }),
    b: factor(loops, x, {
      from: x.offset - dot(before, steps),
      batch: [taken * x.strides[1]],
      n: [x.strides[1], ...products(dilation, steps)],
      k: [x.strides[0], ...products(stride, steps)],
    }, bounds),
    out: factor(loops, out, {
      batch: [rows * out.strides[0]],
      m: [out.strides[0]],
      n: [out.strides[1], ...outSteps],
    }),
    bias: null,
  };
}
