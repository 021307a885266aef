import { computing } from "./computing.ts";
import { shifted } from "./inputs.ts";
import type { Work } from "./work.ts";

/** layerNorm of each row of a matrix with a million elements, without weights; nothing is read. */
export const work: Work<"layernorm"> = {
  name: "layernorm",
  title: "layerNorm of 1024 rows of 1024",
  about: "layerNorm of the rows of a matrix of 1024 × 1024",
  unit: "ms",
  cases: [{ label: "", dtype: "f32", given: { n: 1024 }, bytes: 8 * 1024 ** 2, threads: true }],
  ...computing({ shape: (n) => [n, n], fn: (x) => x.layerNorm([x.shape[1]]), shown: shifted }),
};
