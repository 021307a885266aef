import { computing } from "./computing.ts";
import { sampled } from "./inputs.ts";
import type { Work } from "./work.ts";

/** Four elementwise ops in a row on a million elements; nothing is read. */
export const work: Work<"chain"> = {
  name: "chain",
  title: "tanh(2x + 1)·x on 10⁶ elements",
  about: "tanh(2x + 1) · x on 10^6 elements",
  unit: "ms",
  cases: [{ label: "", dtype: "f32", given: { n: 1_000_000 }, bytes: 8e6, threads: true }],
  ...computing({ shape: (n) => [n], fn: (x) => x.mul(2).add(1).tanh().mul(x), shown: sampled }),
};
