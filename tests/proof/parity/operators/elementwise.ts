/** Functions of one element at a time. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";

function unary(op: (x: Tensor) => Tensor): Operator {
  return (c) => op(c.tensor(0));
}

function binary(op: (a: Tensor, b: Tensor) => Tensor): Operator {
  return (c) => op(c.tensor(0), c.tensor(1));
}

function scaledBy(c: Call, x: Tensor): Tensor {
  const alpha = c.number(NAMED, "alpha", 1);
  return alpha === 1 ? x : t.mul(x, alpha);
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

function polygamma(c: Call): Tensor {
  return t.polygamma(c.number(1, "n"), c.tensor(0));
}

function roundTo(c: Call): Tensor {
  const decimals = c.number(NAMED, "decimals"), factor = 10 ** Math.abs(decimals);
  const x = c.tensor(0);
  return decimals < 0 ? t.round(x.div(factor)).mul(factor) : t.round(x.mul(factor)).div(factor);
}

/** PyTorch's names of elementwise operators. */
export const elementwise: Readonly<Record<string, Operator>> = {
  "abs": unary(t.abs),
  "acos": unary(t.acos),
  "acosh": unary(t.acosh),
  "asin": unary(t.asin),
  "asinh": unary(t.asinh),
  "atan": unary(t.atan),
  "atanh": unary(t.atanh),
  "ceil": unary(t.ceil),
  "cos": unary(t.cos),
  "cosh": unary(t.cosh),
  "digamma": unary(t.digamma),
  "erf": unary(t.erf),
  "erfc": unary(t.erfc),
  "erfinv": unary(t.erfinv),
  "exp": unary(t.exp),
  "exp2": unary(t.exp2),
  "expm1": unary(t.expm1),
  "floor": unary(t.floor),
  "frac": unary(t.frac),
  "lgamma": unary(t.lgamma),
  "log": unary(t.log),
  "log10": unary(t.log10),
  "log1p": unary(t.log1p),
  "log2": unary(t.log2),
  "neg": unary(t.neg),
  "reciprocal": unary(t.reciprocal),
  "round": unary(t.round),
  "rsqrt": unary(t.rsqrt),
  "sgn": unary(t.sign),
  "sigmoid": unary(t.sigmoid),
  "sign": unary(t.sign),
  "sin": unary(t.sin),
  "sinc": unary(t.sinc),
  "sinh": unary(t.sinh),
  "sqrt": unary(t.sqrt),
  "square": unary(t.square),
  "tan": unary(t.tan),
  "tanh": unary(t.tanh),
  "trunc": unary(t.trunc),

  "atan2": binary(t.atan2),
  "copysign": binary(t.copysign),
  "div.floor_rounding": binary(t.floorDivide),
  "div.no_rounding_mode": binary(t.div),
  "div.trunc_rounding": binary((a, b) => t.trunc(t.div(a, b))),
  "float_power": binary(t.pow),
  "fmax": binary(t.fmax),
  "fmin": binary(t.fmin),
  "fmod": binary(t.fmod),
  "hypot": binary(t.hypot),
  "ldexp": binary((a, b) => t.mul(a, t.exp2(b))),
  "logaddexp": binary(t.logaddexp),
  "logaddexp2": binary((a, b) => t.div(t.logaddexp(a.mul(Math.LN2), b.mul(Math.LN2)), Math.LN2)),
  "max.binary": binary(t.maximum),
  "maximum": binary(t.maximum),
  "min.binary": binary(t.minimum),
  "minimum": binary(t.minimum),
  "mul": binary(t.mul),
  "pow": binary(t.pow),
  "remainder": binary(t.remainder),
  "true_divide": binary(t.div),
  "xlogy": binary(t.xlogy),
  "special.xlog1py": binary(t.xlog1py),
  "__radd__": binary((a, b) => t.add(b, a)),
  "__rdiv__": binary((a, b) => t.div(b, a)),
  "__rmod__": binary((a, b) => t.remainder(b, a)),
  "__rmul__": binary((a, b) => t.mul(b, a)),
  // PyTorch takes the base for a number here, off the tape.
  "__rpow__": binary((a, b) => t.pow(b.detach(), a)),
  "__rsub__": binary((a, b) => t.sub(b, a)),

  "add": (c) => t.add(c.tensor(0), scaledBy(c, c.tensor(1))),
  "sub": (c) => t.sub(c.tensor(0), scaledBy(c, c.tensor(1))),
  "rsub": (c) => t.sub(c.tensor(1), scaledBy(c, c.tensor(0))),
  "addcdiv": (c) => c.tensor(0).add(t.div(c.tensor(1), c.tensor(2)).mul(c.number(NAMED, "value", 1))),
  "addcmul": (c) => c.tensor(0).add(t.mul(c.tensor(1), c.tensor(2)).mul(c.number(NAMED, "value", 1))),
  "lerp": (c) => t.lerp(c.tensor(0), c.tensor(1), c.operand(2)),

  "clamp": (c) => t.clamp(c.tensor(0), c.operand(1, "min", -Infinity), c.operand(2, "max", Infinity)),
  "clamp_max": (c) => t.clamp(c.tensor(0), -Infinity, c.tensor(1)),
  "clamp_min": (c) => t.clamp(c.tensor(0), c.tensor(1), Infinity),
  "where": (c) => t.where(c.tensor(1), c.tensor(0), c.tensor(2)),
  "masked_fill": (c) => t.maskedFill(c.tensor(0), c.tensor(1), c.operand(2)),
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
  "polygamma.polygamma_n_0": polygamma,
  "polygamma.polygamma_n_1": polygamma,
  "polygamma.polygamma_n_2": polygamma,
  "polygamma.polygamma_n_3": polygamma,
  "polygamma.polygamma_n_4": polygamma,
  "special.polygamma.special_polygamma_n_0": polygamma,
  "special.entr": unary((x) => t.neg(t.xlogy(x, x))),
  "special.ndtr": unary((x) => t.erfc(x.mul(-Math.SQRT1_2)).mul(0.5)),
  "special.ndtri": unary((p) => t.erfinv(p.mul(2).sub(1)).mul(Math.SQRT2)),
};
