/** PyTorch's `masked` operators. */
import { masked as m, type Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";

function maskOf(c: Call): m.MaskOptions {
  return { mask: c.maybe(NAMED, "mask") };
}

function reduce(op: m.MaskedReduceOp): Operator {
  return (c) => op(c.tensor(0), c.axes(1), { ...c.keep(2), ...maskOf(c) });
}

function spread(op: (x: Tensor, axes?: number[], options?: m.MaskedVarianceOptions) => Tensor): Operator {
  return (c) => {
    const correction = c.flag(NAMED, "unbiased", false) ? 1 : 0;
    return op(c.tensor(0), c.axes(1), { correction, ...c.keep(2), ...maskOf(c) });
  };
}

function along(op: m.MaskedAlongOp): Operator {
  return (c) => op(c.tensor(0), c.number(1, "dim"), maskOf(c));
}

function norm(c: Call): Tensor {
  return m.norm(c.tensor(0), c.axes(2), { order: c.number(1, "ord", 2), ...c.keep(3), ...maskOf(c) });
}

function normalize(c: Call): Tensor {
  return m.normalize(c.tensor(0), c.number(2, "dim"), {
    order: c.number(1, "ord"),
    eps: c.number(NAMED, "eps", 1e-12),
    ...maskOf(c),
  });
}

function logaddexp(c: Call): Tensor {
  return m.logaddexp(c.tensor(0), c.tensor(1), {
    inputMask: c.maybe(NAMED, "input_mask"),
    otherMask: c.maybe(NAMED, "other_mask"),
  });
}

function median(c: Call): Tensor {
  return m.median(c.tensor(0), c.number(1, "dim"), { ...c.keep(2), ...maskOf(c) });
}

/** PyTorch's names of masked operators. */
export const masked: Readonly<Record<string, Operator>> = {
  "masked.amax": reduce(m.amax),
  "masked.amin": reduce(m.amin),
  "masked.logsumexp": reduce(m.logSumExp),
  "masked.mean": reduce(m.mean),
  "masked.prod": reduce(m.prod),
  "masked.sum": reduce(m.sum),
  "masked.var": spread(m.var),
  "masked.std": spread(m.std),
  "masked.median": median,
  "masked.norm": norm,
  "masked.normalize": normalize,
  "masked.cumprod": along(m.cumprod),
  "masked.cumsum": along(m.cumsum),
  "masked.softmax": along(m.softmax),
  "masked.log_softmax": along(m.logSoftmax),
  "masked.softmin": along(m.softmin),
  "masked.logaddexp": logaddexp,
};
