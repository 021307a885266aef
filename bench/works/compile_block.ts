import { timedOnce } from "../harness/measure.ts";
import { prepareBlock, work as block } from "./block.ts";
import { FIRST_CALLS, type Work } from "./work.ts";

/** What it takes until the gradients of a block run as a program, in a process that has run it once. */
export const work: Work<"compile-block"> = {
  name: "compile-block",
  title: "compiling a transformer block",
  about:
    "the first three calls of the compiled function of `block`, each time in a process that has run it eagerly alone",
  unit: "ms",
  isCold: true,
  cases: [{ label: "", dtype: "f32", given: block.cases[0].given, limit: 500, long: true }],
  ours: [{
    how: "compiled",
    prepare: (given) => {
      void prepareBlock(given).answer();
      return prepareBlock(given, { compiled: true, by: (run) => timedOnce(run, FIRST_CALLS) });
    },
  }],
};
