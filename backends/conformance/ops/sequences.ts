/** Rows of what attention and recurrence are made of. */
import { attentionWithWeights, concat, multiHeadAttentionForward, split, unbind } from "@tapegrad/core";
import type { Composites } from "./composites.ts";

/** By the op's name. */
export const sequences: Composites = {
  split: {
    samples: {
      "of columns, out of order": {
        shapes: [[3, 7]],
        call: (x) => concat(split(x, [2, 4, 1], 1).reverse(), 1),
      },
    },
  },
  unbind: {
    samples: {
      "of columns": {
        shapes: [[3, 4]],
        call: (x) => unbind(x, 1).reduce((sum, column) => sum.mul(0.5).add(column)),
      },
    },
  },
  attentionWithWeights: {
    samples: {
      "to what is not later": {
        shapes: [[2, 4, 3], [4, 3], [4, 5]],
        call: (q, k, v) => attentionWithWeights(q, k, v, { isCausal: true }),
      },
    },
  },
  multiHeadAttentionForward: {
    samples: {
      // A score that is off by a unit has a weight that is off by as many as the score is large: with projections of
      // size 2 scores reach 87, and gradients are off by 40 units. These reach 11.
      "of 2 heads, beside weights": {
        shapes: [[3, 2, 4], [4, 2, 4], [12, 4], [12], [4, 4], [4]],
        call: (query, key, weight, inProjBias, outProjWeight, outProjBias) => {
          const options = {
            numHeads: 2,
            inProjWeight: weight.mul(0.25),
            inProjBias,
            outProjWeight,
            outProjBias,
          };
          return multiHeadAttentionForward(query, key, key, options).filter((x) => x !== null);
        },
      },
      "of itself, to what is not later": {
        shapes: [[2, 3, 4], [12, 4], [4, 4]],
        call: (x, weight, outProjWeight) => {
          const how = { numHeads: 2, batchFirst: true, isCausal: true, needWeights: false } as const;
          return multiHeadAttentionForward(x, x, x, {
            ...how,
            inProjWeight: weight.mul(0.25),
            outProjWeight,
          })[0];
        },
      },
    },
  },
};
