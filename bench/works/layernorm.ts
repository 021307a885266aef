import { fromArray, scope, type Tensor } from "@tapegrad/tapegrad";
import { type Contender, timed } from "../harness/measure.ts";
import { positives, shifted } from "./inputs.ts";
import { compile } from "./program.ts";
import type { Count, Work } from "./work.ts";

/** layerNorm of each row of a matrix with a million elements, without weights; nothing is read. */
export const work: Work<"layernorm"> = {
  name: "layernorm",
  title: "layerNorm of 1024 rows of 1024",
  about: "layerNorm of the rows of a matrix of 1024 × 1024",
  unit: "ms",
  cases: [{ label: "", dtype: "f32", given: { n: 1024 }, bytes: 8 * 1024 ** 2, threads: true }],
  ours: [{ how: "eager", prepare: (given) => prepare(given, (fn) => fn) }],
  compiled: { how: "compiled", prepare: (given) => prepare(given, compile) },
};

type Computes = (x: Tensor) => Tensor;

function prepare({ n }: Count, made: (fn: Computes) => Computes): Contender {
  const x = fromArray(positives(n * n), [n, n]);
  const computed = made((x) => x.layerNorm([n])), y = () => computed(x);
  return timed(() => scope(() => void y()), () => scope(() => shifted(y().dataSync())));
}
