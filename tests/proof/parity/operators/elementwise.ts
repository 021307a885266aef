/** The elementwise ops, by the names that their rows give. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { elementwise as rows, torchNames } from "../../../../backends/conformance/ops/elementwise.ts";
import { elementwiseOps, opOf } from "../../../table/elementwise.ts";
import { type Call, NAMED, type Operator } from "../call.ts";

// The op on tensors, and on parameters where they are given.
function plain(op: string, arity: number): Operator {
  const { parameters = [] } = rows[op], fn = opOf(op), count = arity - parameters.length;
  const places = Array.from({ length: count }, (_, i) => i);
  return (c) => {
    const given = parameters.map(({ torch }, i) => c.maybeNumber(count + i, torch));
    return fn(...places.map((i) => c.tensor(i)), ...given);
  };
}

function binary(op: (a: Tensor, b: Tensor) => Tensor): Operator {
  return (c) => op(c.tensor(0), c.tensor(1));
}

function alphaOf(c: Call): { alpha: number } {
  return { alpha: c.number(NAMED, "alpha", 1) };
}

function divided(c: Call): Tensor {
  const roundingMode = c.text(NAMED, "rounding_mode", "trunc") as "trunc" | "floor";
  return t.div(c.tensor(0), c.tensor(1), { roundingMode });
}

function rounded(c: Call): Tensor {
  return t.round(c.tensor(0), { decimals: c.number(NAMED, "decimals") });
}

function polygamma(c: Call): Tensor {
  return t.polygamma(c.number(1, "n"), c.tensor(0));
}

function softplus(c: Call): Tensor {
  return t.softplus(c.tensor(0), { beta: c.number(1, "beta", 1), threshold: c.number(2, "threshold", 20) });
}

/** Those that PyTorch calls with other arguments than ours, or in another order. */
export const spelled: Readonly<Record<string, Operator>> = {
  "__radd__": binary((a, b) => t.add(b, a)),
  "__rdiv__": binary((a, b) => t.div(b, a)),
  "__rmod__": binary((a, b) => t.remainder(b, a)),
  "__rmul__": binary((a, b) => t.mul(b, a)),
  // PyTorch takes the base for a number here, off the tape.
  "__rpow__": (c) => t.pow(c.constant(1), c.tensor(0)),
  "__rsub__": binary((a, b) => t.sub(b, a)),
  "add": (c) => t.add(c.tensor(0), c.tensor(1), alphaOf(c)),
  "sub": (c) => t.sub(c.tensor(0), c.tensor(1), alphaOf(c)),
  "rsub": (c) => t.sub(c.tensor(1), c.tensor(0), alphaOf(c)),
  "div.trunc_rounding": divided,
  "div.floor_rounding": divided,
  "round.decimals_0": rounded,
  "round.decimals_3": rounded,
  "round.decimals_neg_3": rounded,
  "lerp": (c) => t.lerp(c.tensor(0), c.tensor(1), c.operand(2)),
  "clamp": (c) => t.clamp(c.tensor(0), c.operand(1, "min", -Infinity), c.operand(2, "max", Infinity)),
  "clamp_max": (c) => t.clamp(c.tensor(0), -Infinity, c.tensor(1)),
  "clamp_min": (c) => t.clamp(c.tensor(0), c.tensor(1), Infinity),
  "where": (c) => t.where(c.tensor(1), c.tensor(0), c.tensor(2)),
  "masked_fill": (c) => t.maskedFill(c.tensor(0), c.tensor(1), c.operand(2)),
  "nn.functional.gelu": (c) =>
    t.gelu(c.tensor(0), { approximate: c.text(NAMED, "approximate", "none") as "none" | "tanh" }),
  "nn.functional.softplus": softplus,
  "nn.functional.threshold": (c) => t.threshold(c.tensor(0), c.number(1, "threshold"), c.number(2, "value")),
  ...Object.fromEntries(torchNames("polygamma").map((name) => [name, polygamma])),
};

/** PyTorch's operators that rows of elementwise ops name. */
export const elementwise: Readonly<Record<string, Operator>> = Object.fromEntries(
  elementwiseOps.flatMap(({ name, arity }) =>
    torchNames(name).map((torch) => [torch, spelled[torch] ?? plain(name, arity)])
  ),
);
