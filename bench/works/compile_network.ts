import { timedOnce } from "../harness/measure.ts";
import { compile } from "./program.ts";
import { trainer } from "./training.ts";
import { work as network } from "./network.ts";
import { FIRST_CALLS, type Work } from "./work.ts";

/** What it takes until the step of the small network runs as a program, in a process that has run it twice. */
export const work: Work<"compile-network"> = {
  name: "compile-network",
  title: "compiling a training step of a 2-64-64-1 network",
  about:
    "the first three calls of the compiled step of `network`, each time in a process that has run it eagerly alone",
  unit: "ms",
  isCold: true,
  cases: [{ label: "", dtype: "f32", given: network.cases[0].given, limit: 50 }],
  ours: [{
    how: "compiled",
    prepare: (training) => {
      const step = trainer(training);
      for (let i = 0; i < 2; i++) step();
      return timedOnce(compile(step), FIRST_CALLS);
    },
  }],
};
