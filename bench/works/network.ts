import { compile } from "./program.ts";
import { byStep } from "./training.ts";
import type { Work } from "./work.ts";

/** One step of training a small network on the points of experiment 4, with the loss read. */
export const work: Work<"network"> = {
  name: "network",
  title: "training step of a 2-64-64-1 network, batch 100",
  about: "a training step of a 2-64-64-1 network with relu, 100 points, the loss read",
  unit: "µs",
  cases: [{ label: "", dtype: "f32", given: { sizes: [2, 64, 64, 1], batch: 100, rate: 0.01, steps: 1 } }],
  ours: [{ how: "nn and optim", prepare: (training) => byStep(training) }],
  compiled: { how: "compiled", prepare: (training) => byStep(training, compile) },
};
