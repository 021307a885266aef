/** Expressions that the rules of several optimizers have in common. */
import {
  defineUpdate,
  e,
  type Expr,
  full,
  keep,
  mul,
  norm,
  type Shape,
  sumOf,
  type Tensor,
} from "@tapegrad/core";

/** The gradient that counts: its sign is -1 to go up, and it contains the decay of the weight. */
export function direction(g: Expr, p: Expr, sign: Expr, decay: Expr): Expr {
  return e.add(e.mul(sign, g), e.mul(decay, p));
}

/** A parameter whose weight decays apart from its gradient (Loshchilov & Hutter, 2019). */
export function decayed(p: Expr, rate: Expr, decay: Expr): Expr {
  return e.mul(p, e.sub(1, e.mul(rate, decay)));
}

/** The part of a running average of `x` that stays, and that of `x` which enters it. */
export function average(before: Expr, x: Expr, beta: Expr, inflow: Expr): Expr {
  return e.add(e.mul(beta, before), e.mul(inflow, x));
}

/** What a running average that began with 0 is divided by after t steps, 1 - βᵗ: from ln β it does not cancel. */
export function filled(logBeta: Expr, t: Expr): Expr {
  return e.neg(e.expm1(e.mul(logBeta, t)));
}

/** Zeros to be remembered of a parameter, in its shape unless said. */
export function zerosFor({ shape, dtype, backend }: Tensor, like: Shape = shape): Tensor {
  return keep(full(like, 0, { dtype, backend }));
}

/** Brings a running average nearer to `x`, by a part of the way. */
export const approach = /* @__PURE__ */ defineUpdate(
  "approach",
  (mean, x, part) => e.add(mean, e.mul(part, e.sub(x, mean))),
);

/** The norm of all elements. */
export function lengthOf(x: Tensor): Tensor {
  // The squares of halves are soon beyond their range.
  return x.dtype === "f16" ? norm(x) : sumOf(mul, x, x).sqrt();
}
