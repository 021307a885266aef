/** The gamma family, and what is like it in f64 for both dtypes. */
import type { Expr } from "../expr.ts";
import * as special from "../special.ts";
import * as gamma from "../special_gamma.ts";
import { add, div, mul, square, sub } from "../scalars/arithmetic.ts";
import { le, lt, select } from "../scalars/logic.ts";
import { logarithm, logarithmDouble } from "./logarithm.ts";
import { mulAdd, part, rarely } from "./parts.ts";
import {
  type Approximation,
  atLeast,
  atMost,
  type ByDtype,
  inDouble,
  polynomial,
  rational,
} from "./precision.ts";
import type { UnaryBuilder } from "../scalar.ts";

const log: Approximation = /* @__PURE__ */ logarithm(logarithmDouble);

// Below 0 there are poles, and no approximations.
function below(name: string, evaluate: (x: number) => number): UnaryBuilder {
  return part(`__${name}Below`, { vjp: [null], result: "float", evaluate });
}

const lgammaBelow = /* @__PURE__ */ below("lgamma", special.lgamma);
const digammaBelow = /* @__PURE__ */ below("digamma", special.digamma);

// As lgamma1p() and lgamma() of numbers.
function lgamma(x: Expr): Expr {
  const isSmall = lt(x, 0.8),
    t = select(isSmall, x, sub(x, 1)),
    near = atMost(t, 2),
    far = atLeast(add(t, 1), 3);
  const low = mul(mul(near, sub(near, 1)), add(0.5, rational(near, gamma.LGAMMA_P, gamma.LGAMMA_Q)));
  const u = div(1, square(far));
  const remainder = div(polynomial(u, gamma.STIRLING_P), mul(polynomial(u, gamma.STIRLING_Q), far));
  const isNear = lt(t, 2), logarithm = log(select(isNear, x, mul(0.25, far)));
  const high = mulAdd(
    sub(far, 0.5),
    add(logarithm, 0.38629436111989063),
    add(0.4189385332046727, remainder),
  );
  const near0 = add(0, select(isSmall, sub(low, logarithm), low));
  return rarely(le(x, 0), lgammaBelow(x), select(isNear, near0, high));
}

// As digamma1p() and digamma() of numbers.
function digamma(x: Expr): Expr {
  const isSmall = lt(x, 1),
    t = select(isSmall, x, sub(x, 1)),
    near = atMost(t, 2),
    y = atLeast(add(t, 0.5), 2.5);
  const gap = add(sub(near, 0.46163214496836236), 1.5522348162858677e-17);
  const low = mul(gap, add(0.75, rational(near, gamma.DIGAMMA_P, gamma.DIGAMMA_Q)));
  const u = div(1, square(y));
  const high = mulAdd(u, rational(u, gamma.DIGAMMA_TAIL_P, gamma.DIGAMMA_TAIL_Q), log(y));
  const value = select(lt(t, 2), select(isSmall, sub(low, div(1, x)), low), high);
  return rarely(le(x, 0), digammaBelow(x), value);
}

/** lgamma and digamma, in f64 for both dtypes. */
export const gammas: ByDtype = {
  f32: { lgamma: /* @__PURE__ */ inDouble(lgamma), digamma: /* @__PURE__ */ inDouble(digamma) },
  f64: { lgamma, digamma },
};
