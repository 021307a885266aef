/** Rows of Fourier transforms that no backend's suite has. */
import { apply } from "@tapegrad/core";
import { fourier, halfFourier, realFourier } from "../../core/ops/fft/transform.ts";
import { type Row, row, sample } from "./row.ts";

/** The primitives. */
export const fourierRows: readonly Row[] = [
  row("fft", "along the first axis, scaled", {
    inputs: () => [sample([5, 3, 2])],
    call: (z) => apply(fourier, [z], { axis: 0, inverse: true, scale: 0.5 }),
  }),
  row("rfft", "along the first axis, of an even and an odd length", {
    inputs: () => [sample([6, 3]), sample([5, 3])],
    call: (x, y) =>
      apply(realFourier, [x], { axis: 0, n: 6, inner: 2, inverse: true, scale: 0.5 }).sum()
        .add(apply(realFourier, [y], { axis: 0, n: 5, inner: 1, inverse: false, scale: 1 })),
  }),
  row("irfft", "along the first axis, of an even and an odd length", {
    inputs: () => [sample([4, 3, 2]), sample([3, 3, 2])],
    call: (x, y) =>
      apply(halfFourier, [x], { axis: 0, n: 6, inner: 2, inverse: true, scale: 0.5 }).sum()
        .add(apply(halfFourier, [y], { axis: 0, n: 5, inner: 1, inverse: false, scale: 1 })),
  }),
];
