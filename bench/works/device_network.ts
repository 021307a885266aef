import { compile } from "./program.ts";
import { bySteps } from "./training.ts";
import type { Work } from "./work.ts";

/** How many steps a device is given before the loss is read. */
const STEPS = 10;

/** Steps of the small network, the loss read after ten of them. */
export const work: Work<"device-network"> = {
  name: "device-network",
  title: "training step of a 2-64-64-1 network",
  about: `a training step of the 2-64-64-1 network on a device, the loss read after ${STEPS}`,
  unit: "µs",
  pieces: STEPS,
  onDevice: true,
  cases: [{
    label: "",
    dtype: "f32",
    given: { sizes: [2, 64, 64, 1], batch: 100, rate: 0.01, steps: STEPS },
  }],
  ours: [{ how: "eager", prepare: (training) => bySteps(training) }],
  compiled: { how: "compiled", prepare: (training) => bySteps(training, compile) },
};
