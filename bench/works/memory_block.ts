import { held } from "../harness/held.ts";
import { prepareBlock, work as timed } from "./block.ts";
import type { Work } from "./work.ts";

/** What the buffers of the transformer block take at most. */
export const work: Work<"memory-block"> = {
  name: "memory-block",
  title: "buffers of the transformer block at most",
  about: "the buffers that block takes at most, beside inputs and parameters",
  unit: "MiB",
  cases: [{ label: "", dtype: "f32", given: timed.cases[0].given, long: true }],
  ours: [{ how: "eager", prepare: (given) => prepareBlock(given, { by: held }) }],
  compiled: { how: "compiled", prepare: (given) => prepareBlock(given, { by: held, compiled: true }) },
};
