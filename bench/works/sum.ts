import { fromArray, scope } from "@tapegrad/tapegrad";
import { type Contender, timed } from "../harness/measure.ts";
import { positives } from "./inputs.ts";
import type { Count, Work } from "./work.ts";

/** The sum of a million elements, read. */
export const work: Work<"sum"> = {
  name: "sum",
  title: "sum of 10⁶ elements",
  about: "the sum of 10^6 elements, read",
  unit: "ms",
  cases: [{ label: "", dtype: "f32", given: { n: 1_000_000 }, threads: true }],
  ours: [{ how: "eager", prepare }],
};

function prepare({ n }: Count): Contender {
  const x = fromArray(positives(n), [n]);
  const run = () => scope(() => x.sum().dataSync());
  return timed(run, run);
}
