/** Activations that are more than a function of each element. */
import * as t from "@tapegrad/core";
import type { Operator } from "../call.ts";

/** PyTorch's names of activations. */
export const neural: Readonly<Record<string, Operator>> = {
  "nn.functional.glu": (c) => t.glu(c.tensor(0), c.number(1, "dim", -1)),
  "nn.functional.prelu": (c) => t.prelu(c.tensor(0), c.tensor(1, "weight")),
};
