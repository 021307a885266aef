/** Powers, distances, and inverse hyperbolic functions. */
import type { Expr } from "../expr.ts";
import { abs, add, copysign, div, floor, mul, neg, sqrt, square, sub } from "../scalars/arithmetic.ts";
import { and, eq, gt, lt, ne, or, select } from "../scalars/logic.ts";
import { exponential, exponentialBetween } from "./exponential.ts";
import { logarithm, logarithmBetween, logarithmDouble, logarithmPlusOne } from "./logarithm.ts";
import { mulAdd } from "./parts.ts";
import { type Approximation, type ByDtype, inDouble } from "./precision.ts";

const exp: Approximation = /* @__PURE__ */ exponential(exponentialBetween);
const log: Approximation = /* @__PURE__ */ logarithm(logarithmBetween);

/** aᵇ of numbers that f32 holds, in f64, as C has it. */
function powerBetween(a: Expr, b: Expr): Expr {
  const size = abs(a), whole = eq(floor(b), b), half = mul(0.5, b), odd = and(whole, ne(floor(half), half));
  const value = select(or(eq(b, 0), eq(size, 1)), 1, exp(mul(b, log(size))));
  const signed = select(and(odd, lt(copysign(1, a), 0)), neg(value), value);
  const isNone = and(and(lt(a, 0), gt(a, -Infinity)), ne(floor(b), b));
  return select(isNone, NaN, signed);
}

function hypotenuseBetween(a: Expr, b: Expr): Expr {
  const value = sqrt(mulAdd(a, a, square(b)));
  return select(or(eq(abs(a), Infinity), eq(abs(b), Infinity)), Infinity, value);
}

function hypotenuse(a: Expr, b: Expr): Expr {
  const [p, q] = [abs(a), abs(b)], isLess = lt(p, q);
  const [less, more] = [select(isLess, p, q), select(isLess, q, p)], ratio = div(less, more);
  const finite = select(eq(more, 0), less, mul(more, sqrt(mulAdd(ratio, ratio, 1))));
  return select(or(eq(p, Infinity), eq(q, Infinity)), Infinity, finite);
}

// Beyond it 1 is lost in the square, and 1 in the number.
const LARGE = 1e17;

interface Inverses {
  readonly asinh: Approximation;
  readonly acosh: Approximation;
  readonly atanh: Approximation;
}

/** Inverses, by log(1 + x). */
function inverses(log1p: Approximation): Inverses {
  const beyond = (x: Expr, near: Expr) => {
    const isLarge = gt(x, LARGE), value = log1p(select(isLarge, x, near));
    return select(isLarge, add(value, Math.LN2), value);
  };
  return {
    asinh: (x) => {
      const size = abs(x), z = square(size);
      return copysign(beyond(size, add(size, div(z, add(1, sqrt(add(z, 1)))))), x);
    },
    acosh: (x) => {
      const t = sub(x, 1), value = beyond(x, add(t, sqrt(mulAdd(t, t, mul(2, t)))));
      return select(lt(x, 1), NaN, value);
    },
    atanh: (x) => {
      const size = abs(x);
      return copysign(mul(0.5, log1p(div(mul(2, size), sub(1, size)))), x);
    },
  };
}

function functionsInSingle(): Readonly<Record<string, Approximation>> {
  const { asinh, acosh, atanh } = inverses(logarithmPlusOne(logarithmBetween));
  const between = { pow: powerBetween, hypot: hypotenuseBetween, asinh, acosh, atanh };
  return Object.fromEntries(Object.entries(between).map(([name, of]) => [name, inDouble(of)]));
}

function functionsInDouble(): Readonly<Record<string, Approximation>> {
  return { hypot: hypotenuse, ...inverses(logarithmPlusOne(logarithmDouble)) };
}

/** pow in f32, hypot, asinh, acosh and atanh. */
export const powers: ByDtype = {
  f32: /* @__PURE__ */ functionsInSingle(),
  f64: /* @__PURE__ */ functionsInDouble(),
};
