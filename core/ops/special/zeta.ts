/** Hurwitz's zeta function, elementwise. */
import { type BinaryOp, defineElementwise } from "../../define/elementwise.ts";
import { sumError } from "../../expr/compensated.ts";
import { constant, type Expr } from "../../expr/expr.ts";
import { type BinaryBuilder, part, type TernaryBuilder } from "../../expr/scalar.ts";
import { add, div, floor, mul, neg, square, sub } from "../../expr/scalars/arithmetic.ts";
import { eq, le, lt, ne, select } from "../../expr/scalars/logic.ts";
import { pow } from "../../expr/scalars/powers.ts";
import { hurwitz } from "../../expr/special_polygamma.ts";

/** The sum of (q + k)^-s over k = 0, 1, 2 …. */
function zetaOf(s: number, q: number): number {
  if (s === 1) return Infinity;
  if (!(s > 1) || q !== q) return NaN;
  if (q > 0) return q === Infinity ? 0 : hurwitz(s, q, 1);
  if (q === Math.floor(q)) return q === -Infinity ? NaN : Infinity;
  if (s % 1 !== 0) return NaN;
  // Of what is below 0, as many terms as there are between q and 0, with their sign.
  const above = q - Math.floor(q), below = Math.ceil(q) - q, sign = s % 2 === 0 ? 1 : -1;
  return hurwitz(s, above, 1) + sign * (hurwitz(s, below, 1) - hurwitz(s, 1 - q, 1));
}

// B(2j)/(2j)!, and so many terms before them: enough for f32.
const BERNOULLI = [0.083333336, -0.0013888889, 3.306878e-5, -8.2671956e-7, 2.0876756e-8];
const TERMS = 8;

function hurwitzSingle(s: Expr, q: Expr): Expr {
  const start = add(q, TERMS), u = div(1, square(start));
  let rest: Expr = constant(0.5), factor = div(s, start);
  BERNOULLI.forEach((b, j) => {
    rest = add(rest, mul(b, factor));
    factor = mul(factor, mul(mul(add(s, 2 * j + 1), add(s, 2 * j + 2)), u));
  });
  let sum = mul(add(div(start, sub(s, 1)), rest), pow(start, neg(s)));
  for (let k = TERMS - 1; k >= 0; k--) sum = add(sum, pow(add(q, k), neg(s)));
  return sum;
}

function single(s: Expr, q: Expr): Expr {
  const above = sub(q, floor(q)), isOdd = ne(sub(s, mul(2, floor(mul(0.5, s)))), 0);
  const some = sub(hurwitzSingle(s, sub(1, above)), hurwitzSingle(s, sub(1, q)));
  const reflected = add(hurwitzSingle(s, above), select(isOdd, neg(some), some));
  const negative = select(eq(above, 0), Infinity, select(eq(s, floor(s)), reflected, NaN));
  const value = select(le(q, 0), negative, select(eq(q, Infinity), 0, hurwitzSingle(s, q)));
  return select(eq(s, 1), Infinity, select(lt(s, 1), NaN, value));
}

const zetaBuilder: BinaryBuilder = /* @__PURE__ */ part("special_zeta", [
  null,
  (ct, _y, s, q) => neg(mul(ct, mul(s, zetaAfter(s, 1, q)))),
], { result: "float", evaluate: zetaOf, expandSingle: single });

// ζ(s + n, q), as if the sum were not rounded.
function zetaAbove(s: number, n: number, q: number): number {
  const whole = s + n, rest = sumError(s, n, whole), value = zetaOf(whole, q), step = 2 ** -12 * whole;
  if (!(rest !== 0 && Number.isFinite(value))) return value;
  return value + rest / (2 * step) * (zetaOf(whole + step, q) - zetaOf(whole - step, q));
}

const zetaAfter: TernaryBuilder = /* @__PURE__ */ part("special_zetaAfter", [
  null,
  null,
  (ct, _y, s, n, q) => neg(mul(ct, mul(add(s, n), zetaAfter(s, add(n, 1), q)))),
], { result: "float", evaluate: zetaAbove, expandSingle: (s, n, q) => single(add(s, n), q) });

/**
 * Hurwitz's zeta function ζ(s, q) = Σ (q + k)^-s over k from 0, elementwise, broadcasting; Infinity at s = 1 and at
 * q = 0, -1, -2, …, NaN at s < 1 and, below 0, where s is no whole number. As in PyTorch it has no gradient to s. Integers
 * give f32. It is `torch.special.zeta`.
 *
 * @category Special functions
 * @example
 * ```ts
 * import { special, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const y = special.zeta(2, tensor(1, { dtype: "f64" }));
 * assertAlmostEquals(await y.item(), Math.PI ** 2 / 6, 1e-15);
 * ```
 */
export const zeta: BinaryOp = /* @__PURE__ */ defineElementwise("special.zeta", (s, q) => zetaBuilder(s, q));
