import { fromArray, scope, type Tensor } from "@tapegrad/tapegrad";
import { type Contender, timed } from "../harness/measure.ts";
import { positives, sampled } from "./inputs.ts";
import { compile } from "./program.ts";
import type { Count, Work } from "./work.ts";

/** Four elementwise ops in a row on a million elements; nothing is read. */
export const work: Work<"chain"> = {
  name: "chain",
  title: "tanh(2x + 1)·x on 10⁶ elements",
  about: "tanh(2x + 1) · x on 10^6 elements",
  unit: "ms",
  cases: [{ label: "", dtype: "f32", given: { n: 1_000_000 }, bytes: 8e6, threads: true }],
  ours: [{ how: "eager", prepare: (given) => prepare(given, (fn) => fn) }],
  compiled: { how: "compiled", prepare: (given) => prepare(given, compile) },
};

type Computes = (x: Tensor) => Tensor;

function prepare({ n }: Count, made: (fn: Computes) => Computes): Contender {
  const x = fromArray(positives(n), [n]);
  const computed = made((x) => x.mul(2).add(1).tanh().mul(x)), y = () => computed(x);
  return timed(() => scope(() => void y()), () => scope(() => sampled(y().dataSync())));
}
