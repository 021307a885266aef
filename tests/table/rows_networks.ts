/** Rows of composites for networks. */
import * as tg from "@tapegrad/core";
import { f64, type Row, row, sample } from "./row.ts";

/** Rows of composites for networks. */
export const networkRows: readonly Row[] = [
  row("softmax", "last axis", { inputs: () => [sample([2, 4])], call: (x) => tg.softmax(x) }),
  row("softmax", "first axis", { inputs: () => [sample([3, 2])], call: (x) => tg.softmax(x, 0) }),
  row("softmax", "large logits", { inputs: () => [f64([900, 901, 899.5])], call: (x) => tg.softmax(x) }),
  row("logSoftmax", "last axis", { inputs: () => [sample([2, 4])], call: (x) => tg.logSoftmax(x) }),
  row("logSoftmax", "middle axis", { inputs: () => [sample([2, 3, 2])], call: (x) => tg.logSoftmax(x, 1) }),
  row("layerNorm", "rows", {
    inputs: () => [sample([3, 4]), sample([4]), sample([4])],
    call: (x, weight, bias) => tg.layerNorm(x, [4], { weight, bias }),
  }),
  row("layerNorm", "a bias alone, of matrices", {
    inputs: () => [sample([2, 3, 2]), sample([3, 2])],
    call: (x, bias) => tg.layerNorm(x, [3, 2], { bias }),
  }),
  row("rmsNorm", "rows", {
    inputs: () => [sample([3, 4]), sample([4])],
    call: (x, weight) => tg.rmsNorm(x, [4], { weight, eps: 0.1 }),
  }),
  row("gumbelSoftmax", "along the first axis", {
    inputs: () => [f64([[0.4], [-0.3], [1]])],
    call: (x) => tg.gumbelSoftmax(x, { tau: 0.7, axis: 0, key: tg.key(3) }),
  }),
];
