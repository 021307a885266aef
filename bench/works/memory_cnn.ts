import { weighed } from "../harness/measure.ts";
import { prepareCnn, work as timed } from "./cnn.ts";
import type { Work } from "./work.ts";

/** What the convolutional network takes of memory at most. */
export const work: Work<"memory-cnn"> = {
  name: "memory-cnn",
  title: "memory of the convolutional network at most",
  about: "the memory that cnn takes at most",
  unit: "MiB",
  cases: [{ label: "", dtype: "f32", given: timed.cases[0].given, long: true }],
  ours: [{ how: "nn", prepare: (given) => prepareCnn(given, { by: weighed }) }],
};
