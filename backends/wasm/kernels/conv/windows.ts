/** How windows slide over images: which elements meet which weights, as two grids whose distances add up. */
import { type ConvolutionAttributes, sizeOf } from "@tapegrad/core/backend";
import type { Grid } from "./grid.ts";

/** An axis of an image along which windows slide. */
export interface Sliding {
  /** How many elements the image has. */
  readonly extent: number;
  /** How many windows there are, and how far one is from the next. */
  readonly count: number;
  readonly stride: number;
  /** How many elements of a window there are, how far they are apart, and where the first of the first window is. */
  readonly taps: number;
  readonly apart: number;
  readonly first: number;
}

/** The axes of a convolution. */
export function slidings(
  extents: readonly number[],
  window: readonly number[],
  counts: readonly number[],
  { stride, padding, dilation }: ConvolutionAttributes,
): Sliding[] {
  return extents.map((extent, i) => ({
    extent,
    count: counts[i],
    stride: stride[i],
    taps: window[i],
    apart: dilation[i],
    first: -padding[i][0],
  }));
}

/** Images with what windows reach beyond them, `[channels, …extents]`, and where an image begins in that. */
export interface Frame {
  readonly extents: readonly number[];
  readonly begins: readonly number[];
}

/** The least frame in which windows stay; those of several kinds may share one. */
export function frameOf(kinds: readonly (readonly Sliding[])[]): Frame {
  const axes = kinds[0].map((_, axis) => kinds.map((kind) => kind[axis]));
  const begins = axes.map((all) => Math.max(0, ...all.map(({ first }) => -first)));
  return {
    begins,
    extents: axes.map((all, i) =>
      begins[i] + Math.max(...all.map(({ extent }) => extent), ...all.map(endOf))
    ),
  };
}

// Behind the last element of the last window.
function endOf({ count, stride, taps, apart, first }: Sliding): number {
  return count * taps === 0 ? 0 : first + (count - 1) * stride + (taps - 1) * apart + 1;
}

/** The elements of windows: how far those of one window are apart, and windows from each other. */
export interface Patches {
  /** From the start of the frame, in elements. */
  readonly start: number;
  readonly taps: Grid;
  readonly places: Grid;
}

/** The patches of so many channels in a frame. */
export function patchesOf(channels: number, axes: readonly Sliding[], { extents, begins }: Frame): Patches {
  const steps = extents.map((_, i) => sizeOf(extents.slice(i + 1)));
  return {
    start: axes.reduce((sum, { first }, i) => sum + (begins[i] + first) * steps[i], 0),
    taps: {
      extents: [channels, ...axes.map(({ taps }) => taps)],
      steps: [sizeOf(extents), ...axes.map(({ apart }, i) => apart * steps[i])],
    },
    places: {
      extents: axes.map(({ count }) => count),
      steps: axes.map(({ stride }, i) => stride * steps[i]),
    },
  };
}
