/** Expressions that the rules of several optimizers have in common. */
import { e, type Expr, keep, type Tensor } from "@tapegrad/core";

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

/** Zeros in the shape of a parameter, to be remembered. */
export function zerosFor(parameter: Tensor): Tensor {
  return keep(parameter.zerosLike());
}
