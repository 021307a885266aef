/** Rows of Fourier transforms that no backend's suite has. */
import { apply } from "@tapegrad/core";
import { fourier } from "../../core/ops/fft/transform.ts";
import { type Row, row, sample } from "./row.ts";

/** The primitive. */
export const fourierRows: readonly Row[] = [
  row("fft", "along the first axis, scaled", {
    inputs: () => [sample([5, 3, 2])],
    call: (z) => apply(fourier, [z], { axis: 0, inverse: true, scale: 0.5 }),
  }),
];
