import { compile } from "./program.ts";
import { byStep } from "./training.ts";
import type { Work } from "./work.ts";

/** One step of training a network for digits, with the loss read. */
export const work: Work<"mlp"> = {
  name: "mlp",
  title: "training step of a 784-512-256-10 network, batch 128",
  about: "a training step of a 784-512-256-10 network with relu, batch 128, the loss read",
  unit: "ms",
  cases: [{
    label: "",
    dtype: "f32",
    given: { sizes: [784, 512, 256, 10], batch: 128, rate: 0.01, steps: 1 },
    long: true,
    threads: true,
  }],
  ours: [{ how: "nn and optim", prepare: (training) => byStep(training) }],
  compiled: { how: "compiled", prepare: (training) => byStep(training, compile) },
};
