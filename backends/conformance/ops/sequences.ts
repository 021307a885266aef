/** Rows of what attention and recurrence are made of. */
import { attentionWithWeights, concat, split, unbind } from "@tapegrad/core";
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
};
