/** Operators of PyTorch's that are elementwise and no expression of ours. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import type { Call, Operator } from "../call.ts";

function nanToNum(c: Call): Tensor {
  return t.nanToNum(c.tensor(0), {
    nan: c.maybeNumber(1, "nan"),
    posinf: c.maybeNumber(2, "posinf"),
    neginf: c.maybeNumber(3, "neginf"),
  });
}

function mvlgamma(c: Call): Tensor {
  return t.mvlgamma(c.tensor(0), c.number(1, "p"));
}

/** PyTorch's names of them. */
export const composed: Readonly<Record<string, Operator>> = {
  "nan_to_num": nanToNum,
  "float": (c) => t.to(c.tensor(0), "f32"),
  "frexp": (c) => t.frexp(c.tensor(0)),
  "mvlgamma.mvlgamma_p_1": mvlgamma,
  "mvlgamma.mvlgamma_p_3": mvlgamma,
  "mvlgamma.mvlgamma_p_5": mvlgamma,
};
