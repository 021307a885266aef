/** Operators of PyTorch's that are compositions of elementwise ops of ours. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";

function unary(op: (x: Tensor) => Tensor): Operator {
  return (c) => op(c.tensor(0));
}

function binary(op: (a: Tensor, b: Tensor) => Tensor): Operator {
  return (c) => op(c.tensor(0), c.tensor(1));
}

function nanToNum(c: Call): Tensor {
  const x = c.tensor(0), large = x.dtype === "f64" ? Number.MAX_VALUE : 3.4028234663852886e38;
  const [nan, high, low] = [
    c.number(1, "nan", 0),
    c.number(2, "posinf", large),
    c.number(3, "neginf", -large),
  ];
  const finite = t.where(x.equal(Infinity), high, t.where(x.equal(-Infinity), low, x));
  return t.where(x.isNaN(), nan, finite);
}

function logit(c: Call): Tensor {
  const eps = c.value(1, "eps") === undefined ? 0 : c.number(1, "eps");
  const x = eps === 0 ? c.tensor(0) : t.clamp(c.tensor(0), eps, 1 - eps);
  return t.log(t.div(x, t.sub(1, x)));
}

// log Γ_p(a) = p(p - 1)/4·log π + Σ log Γ(a + (1 - j)/2).
function mvlgamma(c: Call): Tensor {
  const x = c.tensor(0), p = c.number(1, "p");
  const parts = Array.from({ length: p }, (_, j) => t.lgamma(x.sub(j / 2)));
  return parts.reduce((a, b) => a.add(b)).add(p * (p - 1) / 4 * Math.log(Math.PI));
}

function roundTo(c: Call): Tensor {
  const decimals = c.number(NAMED, "decimals"), factor = 10 ** Math.abs(decimals);
  const x = c.tensor(0);
  return decimals < 0 ? t.round(x.div(factor)).mul(factor) : t.round(x.mul(factor)).div(factor);
}

/** PyTorch's names of what ours compose. */
export const composed: Readonly<Record<string, Operator>> = {
  "div.trunc_rounding": binary((a, b) => t.trunc(t.div(a, b))),
  "ldexp": binary((a, b) => t.mul(a, t.exp2(b))),
  "logaddexp2": binary((a, b) => t.div(t.logaddexp(a.mul(Math.LN2), b.mul(Math.LN2)), Math.LN2)),

  "addcdiv": (c) => c.tensor(0).add(t.div(c.tensor(1), c.tensor(2)).mul(c.number(NAMED, "value", 1))),
  "addcmul": (c) => c.tensor(0).add(t.mul(c.tensor(1), c.tensor(2)).mul(c.number(NAMED, "value", 1))),

  "nan_to_num": nanToNum,
  "round.decimals_0": roundTo,
  "round.decimals_3": roundTo,
  "round.decimals_neg_3": roundTo,
  "float": (c) => c.tensor(0).to("f32"),
  "deg2rad": unary((x) => x.mul(Math.PI / 180)),
  "rad2deg": unary((x) => x.mul(180 / Math.PI)),

  "logit": logit,
  "mvlgamma.mvlgamma_p_1": mvlgamma,
  "mvlgamma.mvlgamma_p_3": mvlgamma,
  "mvlgamma.mvlgamma_p_5": mvlgamma,
  "special.entr": unary((x) => t.neg(t.xlogy(x, x))),
  "special.ndtr": unary((x) => t.erfc(x.mul(-Math.SQRT1_2)).mul(0.5)),
  "special.ndtri": unary((p) => t.erfinv(p.mul(2).sub(1)).mul(Math.SQRT2)),
};
