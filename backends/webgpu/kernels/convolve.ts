/** Convolutions along any number of axes, their transposes, and their gradients by the weight, as contractions. */
import {
  type ConvolutionAttributes,
  type ConvolutionKernels,
  e,
  input,
  type Kernel,
  type Shape,
  type View,
} from "@tapegrad/core/backend";
import { plain, repeatedAlong } from "../../common/views.ts";
import { contract } from "./contraction.ts";
import type { Affine, Bound, Contraction, Factor } from "./contraction_loops.ts";
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

type Places = Partial<Affine>;

// A place with a step for each loop: 0 unless said.
function placeIn(loops: Contraction["loops"], { from = 0, ...steps }: Places): Affine {
  const none = (counts: readonly number[]) => counts.map(() => 0);
  const { batch = none(loops.batch), m = none(loops.m), n = none(loops.n), k = none(loops.k) } = steps;
  return { from, batch, m, n, k };
}

function factor(
  loops: Contraction["loops"],
  view: View,
  place: Places,
  bounds: readonly (Omit<Bound, "place"> & { readonly place: Places })[] = [],
): Factor {
  const within = bounds.map((bound) => ({ ...bound, place: placeIn(loops, bound.place) }));
  return { view, place: placeIn(loops, { from: view.offset, ...place }), bounds: within };
}

/** Steps of the loops over something and the axes, of which only the i-th axis moves. */
function onlyAxis(axes: readonly unknown[], i: number, step: number, lead = 1): number[] {
  return [...new Array<number>(lead).fill(0), ...axes.map((_, axis) => axis === i ? step : 0)];
}

function products(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, i) => x * b[i]);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return products(a, b).reduce((sum, x) => sum + x, 0);
}

function partsOf({ shape, strides }: View): readonly [Shape, readonly number[]] {
  return [shape.slice(2), strides.slice(2)];
}

function biasFactor(loops: Contraction["loops"], bias: View | undefined): Factor | null {
  if (!bias) return null;
  const [step] = bias.strides, [rows] = loops.m, batch = [rows * step, ...loops.batch.slice(1).map(() => 0)];
  return factor(loops, bias, { batch, m: [step] });
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

/**
 * Along one axis. A place `y` is reached by element `w` of the window at `p` if y + padding = w·dilation + p·stride.
 * Elements are counted as w = u + j·turns, with as many `turns` as a window's elements reach places of different
 * remainders by the stride; then y + padding = u·dilation + t·stride with t = p + j·jump, and no product is in vain.
 */
interface Course {
  readonly turns: number;
  readonly jump: number;
  /** How many j there are. */
  readonly rounds: number;
  /** The first t, and how many. */
  readonly first: number;
  readonly times: number;
}

function courseOf(stride: number, dilation: number, padding: number, window: number, extent: number): Course {
  const common = commonDivisor(stride, dilation), turns = stride / common;
  const first = Math.ceil((padding - (turns - 1) * dilation) / stride);
  const times = Math.floor((extent - 1 + padding) / stride) - first + 1;
  return { turns, jump: dilation / common, rounds: Math.ceil(window / turns), first, times };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** What the factors of a transposed convolution have in common: its loops, and of each axis its course. */
interface Turned {
  readonly loops: Contraction["loops"];
  readonly rows: number;
  readonly taken: number;
  readonly of: (name: keyof Course) => number[];
  readonly sliding: ConvolutionAttributes;
}

function transposed(
  [slopes, weight, bias]: readonly View[],
  out: View,
  sliding: ConvolutionAttributes,
): Contraction {
  const { stride, dilation, padding, groups } = sliding, [window] = partsOf(weight), [extents] = partsOf(out);
  const courses = extents.map((extent, i) =>
    courseOf(stride[i], dilation[i], padding[i][0], window[i], extent)
  );
  const of = (name: keyof Course) => courses.map((course) => course[name]);
  const rows = out.shape[1] / groups, taken = slopes.shape[1] / groups;
  const loops = {
    batch: [groups, ...of("turns")],
    m: [rows],
    n: [out.shape[0], ...of("times")],
    k: [taken, ...of("rounds")],
  };
  const turned = { loops, rows, taken, of, sliding };
  return {
    label: "convolve back",
    loops,
    a: turnedWeight(weight, turned),
    b: turnedSlopes(slopes, turned),
    out: turnedResult(out, turned),
    bias: biasFactor(loops, bias),
  };
}

function turnedWeight(weight: View, { loops, taken, of }: Turned): Factor {
  const [window, along] = partsOf(weight), turns = of("turns"), [outer, inner] = weight.strides;
  const place = { batch: [taken * outer, ...along], m: [inner], k: [outer, ...products(turns, along)] };
  const bounds = window.map((extent, i) => ({
    place: { batch: onlyAxis(window, i, 1), k: onlyAxis(window, i, turns[i]) },
    extent,
  }));
  return factor(loops, weight, place, bounds);
}

function turnedSlopes(slopes: View, { loops, taken, of }: Turned): Factor {
  const [counts, steps] = partsOf(slopes), firsts = of("first"), back = of("jump").map((jump) => -jump);
  const place = {
    from: slopes.offset + dot(firsts, steps),
    batch: [taken * slopes.strides[1], ...counts.map(() => 0)],
    n: [slopes.strides[0], ...steps],
    k: [slopes.strides[1], ...products(back, steps)],
  };
  const bounds = counts.map((extent, i) => ({
    place: { from: firsts[i], n: onlyAxis(counts, i, 1), k: onlyAxis(counts, i, back[i]) },
    extent,
  }));
  return factor(loops, slopes, place, bounds);
}

function turnedResult(
  out: View,
  { loops, rows, of, sliding: { stride, dilation, padding } }: Turned,
): Factor {
  const [extents, steps] = partsOf(out), begin = of("first").map((t, i) => t * stride[i] - padding[i][0]);
  const place = {
    from: out.offset + dot(begin, steps),
    batch: [rows * out.strides[1], ...products(dilation, steps)],
    m: [out.strides[1]],
    n: [out.strides[0], ...products(stride, steps)],
  };
  const bounds = extents.map((extent, i) => ({
    place: { from: begin[i], batch: onlyAxis(extents, i, dilation[i]), n: onlyAxis(extents, i, stride[i]) },
    extent,
  }));
  return factor(loops, out, place, bounds);
}
