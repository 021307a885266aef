/** Inputs that every library is given alike. */
import blobs from "../../demos/data/blobs.json" with { type: "json" };

/** `n` numbers in (0, 1), the same each time: no library then has to cancel or to round a zero. */
export function positives(n: number, seed = 1): Float32Array<ArrayBuffer> {
  const out = new Float32Array(n);
  let state = seed;
  for (let i = 0; i < n; i++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    out[i] = ((state >>> 8) + 0.5) / 2 ** 24;
  }
  return out;
}

/** The 100 points of experiment 4, row by row, as x and y. */
export const points: Float32Array<ArrayBuffer> = Float32Array.from(blobs.points.flat());

/** Their labels, 1 or -1. */
export const labels: Float32Array<ArrayBuffer> = Float32Array.from(blobs.labels);

/** How many points there are. */
export const COUNT = blobs.labels.length;

/** Every so manieth element of a large answer is compared. */
const STRIDE = 997;

/** The elements of an answer that are compared. */
export function sampled(elements: ArrayLike<number>): number[] {
  return Array.from({ length: Math.ceil(elements.length / STRIDE) }, (_, i) => elements[i * STRIDE]);
}

/** The same of numbers around 0, a step away from it: there few digits of them mean something. */
export function shifted(elements: ArrayLike<number>): number[] {
  return sampled(elements).map((element) => element + 4);
}
