/** Sums that may cancel: log(eᵃ + eᵇ) and a + w·(b - a). */
import type { Expr } from "../expr.ts";
import { abs, add, mul, neg, sub } from "../scalars/arithmetic.ts";
import { and, eq, isNaN, lt, or, select } from "../scalars/logic.ts";
import * as special from "../special_sum.ts";
import { productError } from "./error.ts";
import { exponential, exponentialDouble } from "./exponential.ts";
import { logarithmDouble, logarithmPlusOne } from "./logarithm.ts";
import { part, rarely } from "./parts.ts";
import { type ByDtype, inDouble } from "./precision.ts";
import type { BinaryBuilder } from "../scalar.ts";

/** log(eᵃ + eᵇ) with the digits that f64 has of the terms, which next to its zeros are few. */
function logaddexp(a: Expr, b: Expr): Expr {
  const isLess = lt(a, b), more = select(isLess, b, a), apart = sub(select(isLess, a, b), more);
  const value = add(more, logarithmPlusOne(logarithmDouble)(exponential(exponentialDouble)(apart)));
  return select(eq(a, b), add(a, Math.LN2), select(eq(apart, -Infinity), more, value));
}

const nearZero: BinaryBuilder = /* @__PURE__ */ part("__logaddexpNear", {
  vjp: [null, null],
  result: "float",
  evaluate: special.logaddexp,
});

// Where the terms cancel more than two bits it takes twice the digits.
function logaddexpDouble(a: Expr, b: Expr): Expr {
  const value = logaddexp(a, b), most = select(lt(a, b), b, a);
  return rarely(and(lt(most, 0), lt(abs(value), mul(-0.25, most))), nearZero(a, b), value);
}

/** a + b less what it was rounded to. */
function sumError(a: Expr, b: Expr, sum: Expr): Expr {
  const part = sub(sum, a);
  return add(sub(a, sub(sum, part)), sub(b, part));
}

function fromNearerEnd(a: Expr, b: Expr, w: Expr, sum: Expr): Expr {
  return select(lt(w, 0.5), sum, sub(b, mul(sub(b, a), sub(1, w))));
}

/** In f64 of numbers that f32 holds. */
function lerpBetween(a: Expr, b: Expr, w: Expr): Expr {
  return fromNearerEnd(a, b, w, add(a, mul(w, sub(b, a))));
}

/** As lerp() of numbers. */
function lerp(a: Expr, b: Expr, w: Expr): Expr {
  const across = sub(b, a), part = mul(w, across), sum = add(a, part);
  const ofProduct = add(productError(w, across, part), mul(w, sumError(b, neg(a), across)));
  const rest = add(sumError(a, part, sum), ofProduct);
  const isNone = or(isNaN(rest), and(eq(sum, 0), eq(rest, 0)));
  return select(isNone, fromNearerEnd(a, b, w, sum), add(sum, rest));
}

/** logaddexp and lerp. */
export const sums: ByDtype = {
  f32: { logaddexp: /* @__PURE__ */ inDouble(logaddexp), lerp: /* @__PURE__ */ inDouble(lerpBetween) },
  f64: { logaddexp: logaddexpDouble, lerp },
};
