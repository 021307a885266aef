import { computing } from "./computing.ts";
import { sampled } from "./inputs.ts";
import type { Work } from "./work.ts";

/** softmax of each row of a matrix with a million elements; nothing is read. */
export const work: Work<"softmax"> = {
  name: "softmax",
  title: "softmax of 1024 rows of 1024",
  about: "softmax of the rows of a matrix of 1024 × 1024",
  unit: "ms",
  cases: [{ label: "", dtype: "f32", given: { n: 1024 }, bytes: 8 * 1024 ** 2, threads: true }],
  ...computing({ shape: (n) => [n, n], fn: (x) => x.softmax(-1), shown: sampled }),
};
