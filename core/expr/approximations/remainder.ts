/** Remainders, and the normalised sinc, which is made of one. */
import type { Expr } from "../expr.ts";
import { SINE } from "../special_gamma.ts";
import * as arithmetic from "../scalars/arithmetic.ts";
import {
  abs,
  add,
  copysign,
  div,
  floor,
  mul,
  neg,
  round,
  square,
  sub,
  trunc,
} from "../scalars/arithmetic.ts";
import { and, eq, ge, lt, ne, or, select, xor } from "../scalars/logic.ts";
import { mulAdd, rarely } from "./parts.ts";
import { type Approximation, type ByDtype, byDtype, inDouble, polynomial } from "./precision.ts";

/** A whole quotient of so many bits times a number that f32 holds is exact in f64; beyond, f64 has no approximations. */
const MOST = 536870912;

/** The remainder with the sign of a, in f64 of numbers that f32 holds: a whole quotient of 29 bits times b is exact. */
function fmod(a: Expr, b: Expr): Expr {
  const quotient = trunc(div(a, b)), rest = sub(a, mul(quotient, b));
  // The quotient may have been rounded up to a whole number.
  const near = copysign(select(lt(mul(rest, a), 0), add(rest, copysign(b, a)), rest), a);
  const value = select(and(eq(abs(b), Infinity), lt(abs(a), Infinity)), a, near);
  return rarely(ge(abs(quotient), MOST), arithmetic.fmod(a, b), value);
}

function remainder(a: Expr, b: Expr): Expr {
  const rest = fmod(a, b);
  return select(and(ne(rest, 0), xor(lt(rest, 0), lt(b, 0))), add(rest, b), rest);
}

/** The quotient, rounded down: what is left without the remainder is exact, and a zero has the sign of the quotient. */
function floorDivide(a: Expr, b: Expr): Expr {
  const quotient = div(a, b), rest = fmod(a, b), isLess = and(ne(rest, 0), xor(lt(rest, 0), lt(b, 0)));
  const whole = div(sub(a, rest), b), value = select(isLess, sub(whole, 1), whole);
  const near = select(eq(value, 0), copysign(0, quotient), value);
  return rarely(or(eq(b, 0), ge(abs(quotient), MOST)), arithmetic.floorDivide(a, b), near);
}

/** sin(πx)/(πx), of what x is from a whole number; no zero has a sign. */
function sinc(sine: ArrayLike<number>): Approximation {
  return (x) => {
    const n = round(x), r = sub(x, n), z = square(r), ratio = mulAdd(polynomial(z, sine), z, 1);
    const half = mul(0.5, n), signed = select(ne(floor(half), half), neg(r), r);
    return select(eq(n, 0), ratio, add(0, mul(div(signed, x), ratio)));
  };
}

/** sinc. */
export const sincs: ByDtype = /* @__PURE__ */ byDtype<ArrayLike<number>>(
  // (sin(πr)/(πr) - 1)/r² in r² for |r| ≤ 1/2.
  { f32: [-1.644934, 0.8117422, -0.19074796, 0.026117545, -0.0022371442], f64: SINE },
  (sine) => ({ sinc: sinc(sine) }),
);

/** floorDivide, fmod and remainder in f32. */
export const exactRemainders: ByDtype = {
  f32: {
    floorDivide: /* @__PURE__ */ inDouble(floorDivide),
    fmod: /* @__PURE__ */ inDouble(fmod),
    remainder: /* @__PURE__ */ inDouble(remainder),
  },
  f64: {},
};
