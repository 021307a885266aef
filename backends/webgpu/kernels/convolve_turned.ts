/** Transposed convolutions as contractions. */
import type { ConvolutionAttributes, View } from "@tapegrad/core/backend";
import type { Contraction, Factor } from "./contraction_loops.ts";
import { biasFactor, dot, factor, onlyAxis, partsOf, products } from "./convolution_factors.ts";

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

/** The greatest common divisor. */
export function commonDivisor(a: number, b: number): number {
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

/** What each weight sends back to the places that its windows were at, plus the bias. */
export function transposed(
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
