/** Activations, normalisations and other parts of networks. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import type { Call, Operator } from "../call.ts";

function prelu(c: Call): Tensor {
  const x = c.tensor(0), weight = c.tensor(1, "weight");
  return t.leakyRelu(x, weight.rank === 0 ? weight : weight.reshape([-1, ...x.shape.slice(2).map(() => 1)]));
}

function glu(c: Call): Tensor {
  const [value, gate] = t.chunk(c.tensor(0), 2, c.number(1, "dim", -1));
  return value.mul(t.sigmoid(gate));
}

/** PyTorch's names of parts of networks, after `nn.functional.`. */
const named: Readonly<Record<string, Operator>> = {
  "glu": glu,
  "prelu": prelu,
  "threshold": (c) => t.where(c.tensor(0).greater(c.number(1)), c.tensor(0), c.number(2)),
};

/** PyTorch's names of parts of networks. */
export const neural: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.entries(named).map(([name, op]) => [`nn.functional.${name}`, op])),
};
