/** Which elements of an image the windows of a pooling have, axis by axis. */
import type { Shape } from "@tapegrad/core/backend";

/** Where windows lie: of those that slide all is said, of those that are adapted how many there are. */
export interface Pooling {
  /** How many windows there are along each axis. */
  readonly counts: Shape;
  /** The extents of the image, where that is flattened. */
  readonly image?: Shape;
  /** How many elements a window has along each axis. */
  readonly window?: Shape;
  /** How far windows are apart. */
  readonly stride?: readonly number[];
  /** How many elements are put before and behind. */
  readonly padding?: readonly (readonly [before: number, behind: number])[];
  /** How far elements of a window are apart. */
  readonly dilation?: readonly number[];
  /** Whether elements of the padding count. */
  readonly countIncludePad?: boolean;
  /** What sums are divided by, where that is not how many elements count. */
  readonly divisorOverride?: number | null;
}

/** The elements of each window along an axis: from one on, below another, so far apart. */
export interface Ranges {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly step: number;
  /** Windows so many apart lie alike, but at the edges. */
  readonly period: number;
}

/** An axis in front that there is not has one window of one element. */
const single: Ranges = { from: Int32Array.of(0), to: Int32Array.of(1), step: 1, period: 1 };

/** The windows of a pooling along three axes. */
export function rangesOf(pooling: Pooling, image: Shape): readonly Ranges[] {
  return inThree(
    image.map((_, i) => pooling.window ? slid(pooling, image, i) : adapted(pooling, image, i)),
    single,
  );
}

/** As many as three, the missing ones in front. */
export function inThree<T>(list: readonly T[], missing: T): readonly T[] {
  return [...new Array<T>(3 - list.length).fill(missing), ...list];
}

function startsOf({ counts, stride, padding }: Pooling, i: number): Int32Array {
  return Int32Array.from({ length: counts[i] }, (_, w) => w * stride![i] - padding![i][0]);
}

function slid(pooling: Pooling, image: Shape, i: number): Ranges {
  const starts = startsOf(pooling, i),
    step = pooling.dilation![i],
    reach = (pooling.window![i] - 1) * step + 1;
  const missing = (start: number) => Math.max(0, Math.ceil(-start / step)) * step;
  const to = starts.map((start) => Math.min(image[i], start + reach));
  return { from: starts.map((start) => start + missing(start)), to, step, period: 1 };
}

function adapted({ counts }: Pooling, image: Shape, i: number): Ranges {
  const places = Int32Array.from({ length: counts[i] }, (_, w) => w), n = image[i], count = counts[i];
  const from = places.map((w) => Math.floor(w * n / count));
  return { from, to: places.map((w) => Math.ceil((w + 1) * n / count)), step: 1, period: 1 };
}

/** How many elements of each window count along each of three axes, with the padding where that does. */
export function countsOf(pooling: Pooling, image: Shape, ranges: readonly Ranges[]): readonly Int32Array[] {
  if (!pooling.countIncludePad) return ranges.map(({ from, to }) => to.map((end, w) => end - from[w]));
  const { window, padding } = pooling;
  const counted = image.map((n, i) =>
    startsOf(pooling, i).map((start) => Math.min(start + window![i], n + padding![i][0]) - start)
  );
  return inThree(counted, Int32Array.of(1));
}

/** The windows that have each of so many elements: what is sent back from windows is summed over these. */
export function adjointOf({ from, to }: Ranges, extent: number, period: number): Ranges {
  const first = new Int32Array(extent), last = new Int32Array(extent);
  for (let j = 0, begin = 0, end = 0; j < extent; j++) {
    while (end < from.length && from[end] <= j) end++;
    while (begin < end && to[begin] <= j) begin++;
    first[j] = begin;
    last[j] = end;
  }
  return { from: first, to: last, step: 1, period };
}

/** Windows of one size that lie evenly: so many from one on, so far apart, and where their elements begin. */
export interface Segment {
  readonly first: number;
  readonly step: number;
  readonly count: number;
  readonly from: number;
  readonly move: number;
  readonly size: number;
  /** How many elements of each count. */
  readonly counted: number;
}

/** The fewest segments of windows of which so many elements count; all of them unless said. */
export function segmentsOf({ from, to, step, period }: Ranges, counted?: Int32Array): readonly Segment[] {
  const segments: Segment[] = [], done = new Uint8Array(from.length);
  const sizeOf = (w: number) => Math.max(0, Math.ceil((to[w] - from[w]) / step));
  const countOf = (w: number) => counted?.[w] ?? sizeOf(w);
  for (let first = 0; first < from.length; first++) {
    if (done[first]) continue;
    const size = sizeOf(first), all = countOf(first), move = from[first + period] - from[first] || 0;
    let next = first;
    do {
      done[next] = 1;
      next += period;
    } while (
      next < from.length && sizeOf(next) === size && countOf(next) === all &&
      from[next] - from[next - period] === move
    );
    const count = (next - first) / period;
    segments.push({ first, step: period, count, from: from[first], move, size, counted: all });
  }
  return segments;
}
