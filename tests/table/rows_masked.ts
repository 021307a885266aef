/** Rows of functions of what a mask leaves. */
import { masked as m, type Tensor } from "@tapegrad/core";
import { bools, type Row, row, sample } from "./row.ts";

const mask = (): Tensor =>
  bools([[true, false, true, true], [false, true, true, true], [true, true, false, true]]);
const inputs = (): Tensor[] => [sample([3, 4]), mask()];
const keepDims = true;

const reductions: Readonly<Record<string, m.MaskedReduceOp>> = {
  sum: m.sum,
  prod: m.prod,
  amax: m.amax,
  amin: m.amin,
  logSumExp: m.logSumExp,
  mean: m.mean,
  var: m.var,
  std: m.std,
  norm: m.norm,
};

const runs: Readonly<Record<string, m.MaskedAlongOp>> = {
  normalize: m.normalize,
  cumsum: m.cumsum,
  cumprod: m.cumprod,
  softmax: m.softmax,
  softmin: m.softmin,
};

/** Rows of functions of what a mask leaves. */
export const maskedRows: readonly Row[] = [
  ...Object.entries(reductions).flatMap(([name, fn]) => [
    row(`masked.${name}`, "an axis", { inputs, call: (x, mask) => fn(x, 1, { mask }) }),
    row(`masked.${name}`, "first axis, kept", {
      inputs,
      call: (x, mask) => fn(x, [0], { mask, keepDims }),
    }),
    row(`masked.${name}`, "without a mask", { inputs: () => [sample([3, 4])], call: (x) => fn(x, 0) }),
  ]),
  ...Object.entries(runs).map(([name, fn]) =>
    row(`masked.${name}`, "rows", { inputs, call: (x, mask) => fn(x, 1, { mask }) })
  ),
  row("masked.logSoftmax", "rows", {
    inputs,
    call: (x, mask) => m.logSoftmax(x, 1, { mask }).maximum(-100),
  }),
  row("masked.median", "rows", { inputs, call: (x, mask) => m.median(x, 1, { mask }) }),
  row("masked.var", "not corrected", { inputs, call: (x, mask) => m.var(x, 0, { mask, correction: 0 }) }),
  row("masked.logaddexp", "both masks", {
    inputs: () => [
      sample([3, 4]),
      sample([3, 4], { seed: 1 }),
      bools([true, true, false, true]),
      bools([false, true, true, true]),
    ],
    call: (a, b, inputMask, otherMask) => m.logaddexp(a, b, { inputMask, otherMask }),
  }),
];
