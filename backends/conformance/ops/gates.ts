/** Samples of activations that are more than a function of each element. */
import { glu, prelu, softmin } from "@tapegrad/core";
import type { CompositeRow } from "./composites.ts";

/** By the op's name. */
export const gates: Readonly<Record<string, CompositeRow>> = {
  prelu: {
    samples: {
      "a weight a channel": { shapes: [[2, 3, 4], [3]], call: (x, weight) => prelu(x, weight) },
      "one weight": { shapes: [[5], []], call: (x, weight) => prelu(x, weight) },
    },
  },
  glu: {
    samples: {
      "along the last axis": { shapes: [[3, 4]], call: (x) => glu(x) },
      "along the first": { shapes: [[6, 2]], call: (x) => glu(x, 0) },
    },
  },
  softmin: { samples: { "along the first axis": { shapes: [[3, 2]], call: (x) => softmin(x, 0) } } },
};
