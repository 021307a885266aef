/** Powers, and their slopes as functions of their own: at a base or an exponent of 0 their products are masked. */
import { type Expr, isConstant as is } from "../expr.ts";
import { binary, type BinaryBuilder, type Later, part } from "../scalar.ts";
import { abs, add, div, mul, mulOrZero, reciprocal, sqrt, sub } from "./arithmetic.ts";
import { and, eq, ge, lt, ne, or, select } from "./logic.ts";
import { log } from "./transcendental.ts";

export const pow: BinaryBuilder = binary("pow", [
  (ct, _y, a, b) => mul(ct, baseSlope(a, b)),
  (ct, _y, a, b) => mul(ct, exponentSlope(a, b)),
], { result: "same", evaluate: power, evaluateInteger: integerPower, simplify: simplifyPow });

/** C's pow, which differs from JavaScript's at a base of 1 and at -1 to an infinite power. */
function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && (b === Infinity || b === -Infinity))) return 1;
  return a ** b;
}

function integerPower(a: number, b: number): number {
  if (b < 0) return a === 1 ? 1 : a === -1 ? (b & 1 ? -1 : 1) : 0;
  let result = 1;
  for (let base = a, n = b; n > 0; n >>>= 1, base = Math.imul(base, base)) {
    if (n & 1) result = Math.imul(result, base);
  }
  return result;
}

function simplifyPow(a: Expr, b: Expr): Expr | null {
  if (is(b, 0)) return null;
  if (is(b, 1)) return a;
  if (is(b, 2)) return mul(a, a);
  if (is(b, 3)) return mul(mul(a, a), a);
  if (is(b, -1)) return reciprocal(a);
  return is(b, 0.5) ? sqrt(a) : null;
}

/** b·aᵇ⁻¹, and 0 where b is 0, whatever a is. */
const baseSlope: BinaryBuilder = part("baseSlope", [
  // Of a small exponent it would overflow as b·((b - 1)·aᵇ⁻²).
  (ct, y, a, b) => {
    const less = sub(b, 1), isSmall = and(lt(abs(b), 1), ne(a, 0));
    return mul(ct, select(isSmall, mulOrZero(y, div(less, a)), mulOrZero(b, baseSlope(a, less))));
  },
  (ct, _y, a, b) => mul(ct, mixedSlope(a, b)),
], { result: "float", evaluate: (a, b) => b === 0 ? 0 : b * power(a, b - 1) });

/** aᵇ·log(a), and 0 where a is 0 and b is not negative, as in PyTorch. */
const exponentSlope: BinaryBuilder = part("exponentSlope", [
  (ct, _y, a, b) => mul(ct, mixedSlope(a, b)),
  (ct, y, a, b) => mul(ct, timesLog(y, a, b)),
], { result: "float", evaluate: (a, b) => a === 0 && b >= 0 ? 0 : power(a, b) * Math.log(a) });

function timesLog(y: Expr, a: Expr, b: Expr): Expr {
  return select(and(eq(a, 0), ge(b, 0)), 0, mul(y, log(a)));
}

// aᵇ⁻¹·(1 + b·log(a)), without the logarithm where it is none and masked as above, and 0 where both are 0.
function mixedSlope(a: Expr, b: Expr): Expr {
  const isMasked = or(eq(a, 0), and(lt(a, 0), eq(b, 0)));
  const factor = select(isMasked, 1, add(1, mulOrZero(b, log(a))));
  return select(and(eq(a, 0), eq(b, 0)), 0, mul(pow(a, sub(b, 1)), factor));
}

/** How they are computed where they are not known. */
export const later: Later = {
  baseSlope: { expand: (a, b) => select(eq(b, 0), 0, mul(b, pow(a, sub(b, 1)))) },
  exponentSlope: { expand: (a, b) => timesLog(pow(a, b), a, b) },
};
