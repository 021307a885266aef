/** Rows of attention and recurrence. */
import * as tg from "@tapegrad/core";
import { bools, type Row, row, sample } from "./row.ts";

const three = (): tg.Tensor[] => [[2, 3], [4, 3], [4, 2]].map((shape, seed) => sample(shape, { seed }));

/** Rows of attention and recurrence. */
export const sequenceRows: readonly Row[] = [
  row("attentionWithWeights", "both results", {
    inputs: three,
    call: (q, k, v) => tg.attentionWithWeights(q, k, v),
  }),
  row("attentionWithWeights", "a row that attends to nothing", {
    inputs: three,
    call: (q, k, v) => {
      const mask = tg.to(bools([[true, false, true, true], [false, false, false, false]]), q.backend.name);
      return tg.attentionWithWeights(q, k, v, { mask });
    },
  }),
  row("attentionWithWeights", "dropped", {
    inputs: three,
    call: (q, k, v) => tg.attentionWithWeights(q, k, v, { dropoutP: 0.4, key: tg.key(2) }),
  }),
  row("multiHeadAttentionForward", "a query beside keys, with a key of zeros", {
    inputs: () =>
      [[3, 2, 4], [2, 2, 3], [2, 2, 2], [4, 4], [4, 3], [4, 2], [12], [4, 4]].map((shape, seed) =>
        sample(shape, { seed })
      ),
    call: (query, key, value, qProjWeight, kProjWeight, vProjWeight, inProjBias, outProjWeight) =>
      tg.multiHeadAttentionForward(query, key, value, {
        numHeads: 2,
        qProjWeight,
        kProjWeight,
        vProjWeight,
        inProjBias,
        outProjWeight,
        addZeroAttn: true,
      }).filter((x) => x !== null),
  }),
  row("rotary", "neighbours, from a position on", {
    inputs: () => [sample([2, 3, 4])],
    call: (x) => tg.rotary(x, { offset: 5, base: 100 }),
  }),
  row("rotary", "halves", {
    inputs: () => [sample([3, 4])],
    call: (x) => tg.rotary(x, { interleaved: false }),
  }),
];
