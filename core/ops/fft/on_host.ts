/** The transform on the host: in double precision, whatever the dtype. */
import { sizeOf } from "../../base/shape.ts";
import type { HostKernel } from "../../primitives/host.ts";
import { numbers } from "./circle.ts";
import { planFor } from "./plan.ts";

/**
 * Along which axis, in which direction, and what the result is multiplied by.
 *
 * @category Fourier transforms
 */
export interface FourierAttributes {
  /** The axis, counted from the front. */
  readonly axis: number;
  /** Whether the exponent is positive. */
  readonly inverse: boolean;
  /** What the sums are multiplied by. */
  readonly scale: number;
}

/** Transforms each lane of pairs along an axis. */
export const transformOnHost: HostKernel<FourierAttributes> = ([x], [y], { axis, inverse, scale }) => {
  const n = x.shape[axis], step = sizeOf(x.shape.slice(axis + 1)), size = x.data.length;
  const lane = numbers(n), plan = planFor(n), work = inverse ? { re: lane.im, im: lane.re } : lane;
  for (let block = 0; block < size; block += n * step) {
    for (let start = block; start < block + step; start += 2) {
      for (let k = 0, at = start; k < n; k++, at += step) {
        lane.re[k] = x.data[at];
        lane.im[k] = x.data[at + 1];
      }
      plan(work);
      for (let k = 0, at = start; k < n; k++, at += step) {
        y.data[at] = lane.re[k] * scale;
        y.data[at + 1] = lane.im[k] * scale;
      }
    }
  }
};
