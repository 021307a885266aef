/** Where each position of a resampled axis reads, and with which weights: arithmetic on the host, as PyTorch has it. */

/** Positions along an axis that each of its new positions reads, `count` each, and what they are multiplied with. */
export interface Taps {
  /** How many positions are read for each new one. */
  readonly count: number;
  /** The positions; that behind the last element stands for none. */
  readonly index: Int32Array<ArrayBuffer>;
  /** Their weights; `null` where the elements are taken as they are. */
  readonly weight: Float64Array<ArrayBuffer> | null;
}

/** An axis that is resampled. */
export interface ResampledAxis {
  /** How many elements it has. */
  readonly extent: number;
  /** How many it will have. */
  readonly size: number;
  /** How far new positions are apart in old ones, where that is not `extent / size`. */
  readonly step: number | undefined;
  /** Whether the first and the last elements stay in their places, instead of the outer edges. */
  readonly alignCorners: boolean;
}

/** Makes the taps of an axis. */
export type TapsOf = (axis: ResampledAxis) => Taps;

/** The distance of new positions, in old ones. */
function stepOf({ extent, size, step, alignCorners }: ResampledAxis): number {
  if (alignCorners) return size > 1 ? (extent - 1) / (size - 1) : 0;
  return step ?? extent / size;
}

function clipped(at: number, extent: number): number {
  return Math.min(Math.max(at, 0), extent - 1);
}

/** The elements as they are. */
function unchanged(size: number): Taps {
  return { count: 1, index: Int32Array.from({ length: size }, (_, i) => i), weight: null };
}

/** The element at or before each position, or with a shift of ½ the nearest one. */
export function nearestTaps(shift: number): TapsOf {
  return ({ extent, size, step = extent / size }) => {
    // In single precision, whatever the dtype: it decides which of two neighbours is taken.
    const distance = Math.fround(step), isWhole = shift === 0 && (extent === size || 2 * extent === size);
    const at = (i: number) =>
      isWhole ? Math.floor(i * extent / size) : Math.floor(Math.fround((i + shift) * distance));
    return {
      count: 1,
      index: Int32Array.from({ length: size }, (_, i) => clipped(at(i), extent)),
      weight: null,
    };
  };
}

type Kernel = (distance: number) => number;

/** The weight of an element at a distance from 0 to 1, and to 2, by cubic convolution (Keys, 1981). */
export function cubic(a: number): Kernel {
  return (distance) => {
    const x = Math.abs(distance);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  };
}

/** Along straight lines. */
export const triangle: Kernel = (distance) => Math.max(0, 1 - Math.abs(distance));

/** The nearest elements, 2 or 4, weighted by a kernel; beyond the edge the outermost element is repeated. */
export function kernelTaps(kernel: Kernel, count: 2 | 4): TapsOf {
  return (axis) => {
    const { extent, size, alignCorners } = axis, step = stepOf(axis), before = count / 2 - 1;
    // As PyTorch, whatever the step is; cubic convolution reads between elements even so.
    if (count === 2 && extent === size) return unchanged(size);
    const index = new Int32Array(size * count), weight = new Float64Array(size * count);
    for (let i = 0; i < size; i++) {
      const found = alignCorners ? i * step : (i + 0.5) * step - 0.5;
      const place = count === 2 ? clipped(found, extent) : found, first = Math.floor(place);
      for (let k = 0; k < count; k++) {
        index[i * count + k] = clipped(first - before + k, extent);
        weight[i * count + k] = kernel(place - first + before - k);
      }
    }
    return { count, index, weight };
  };
}

/** The elements from `from` on that count for a position, and their weights, which add up to 1. */
interface Window {
  readonly from: number;
  readonly weights: readonly number[];
}

/** All elements within reach of a kernel that grows where an axis shrinks, so that none is passed over. */
export function smoothingTaps(kernel: Kernel, radius: 1 | 2): TapsOf {
  return (axis) => {
    const { extent, size } = axis, step = stepOf(axis), growth = Math.max(step, 1), reach = radius * growth;
    const windowAt = (i: number): Window => {
      const center = step * (i + 0.5), from = Math.max(Math.trunc(center - reach + 0.5), 0);
      const length = Math.min(Math.trunc(center + reach + 0.5), extent) - from;
      const weights = Array.from({ length }, (_, k) => kernel((from + k - center + 0.5) / growth));
      const total = weights.reduce((a, b) => a + b, 0);
      return { from, weights: weights.map((weight) => weight / total) };
    };
    return sideBySide(Array.from({ length: size }, (_, i) => windowAt(i)), extent);
  };
}

/** Windows as long as the longest of them, filled up with the position behind the last element. */
function sideBySide(windows: readonly Window[], extent: number): Taps {
  const count = Math.max(...windows.map(({ weights }) => weights.length)), total = windows.length * count;
  const index = new Int32Array(total).fill(extent), weight = new Float64Array(total);
  windows.forEach(({ from, weights }, i) => {
    weight.set(weights, i * count);
    weights.forEach((_, k) => index[i * count + k] = from + k);
  });
  return { count, index, weight };
}
