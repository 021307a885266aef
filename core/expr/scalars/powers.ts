/** Powers, whose rules need both arithmetic and logarithms. */
import type { Expr } from "../expr.ts";
import { binary, type BinaryBuilder } from "../scalar.ts";
import { mul, reciprocal, sqrt, sub } from "./arithmetic.ts";
import { and, eq, ge, select } from "./logic.ts";
import { log } from "./transcendental.ts";

export const pow: BinaryBuilder = binary("pow", [
  (ct, _y, a, b) => select(eq(b, 0), 0, mul(ct, mul(b, pow(a, sub(b, 1))))),
  (ct, y, a, b) => mul(ct, select(and(eq(a, 0), ge(b, 0)), 0, mul(y, log(a)))),
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

function is(x: Expr, value: number): boolean {
  return x.kind === "constant" && x.value === value;
}
