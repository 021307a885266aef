/** The incomplete gamma functions, elementwise. */
import { type BinaryOp, defineElementwise } from "../../define/elementwise.ts";
import { constant, type Expr } from "../../expr/expr.ts";
import { polynomial } from "../../expr/approximations/precision.ts";
import { type BinaryBuilder, part } from "../../expr/scalar.ts";
import { abs, add, div, mul, neg, sqrt, square, sub } from "../../expr/scalars/arithmetic.ts";
import { and, eq, ge, gt, lt, or, select } from "../../expr/scalars/logic.ts";
import { erfc, exp, expm1, lgamma, log, log1p } from "../../expr/scalars/transcendental.ts";
import * as numbers from "./incomplete_gamma_number.ts";

// For f32 alone: so many terms and fractions are enough.
const TERMS = 44, FRACTIONS = 26, LARGE = 16;
const TEMME = [
  [-0.33333334, 0.083333336, -0.014814815, 0.0011574074, 0.00035273367, -0.00017875514, 3.9192632e-5],
  [-0.0018518518, -0.0034722222, 0.0026455026, -0.0009902264, 0.00020576132],
  [0.004133598, -0.0026813272, 0.00077160494],
];

function logRest(u: Expr): Expr {
  const s = div(u, add(2, u)), z = square(s);
  const series = mul(z, polynomial(z, [1 / 3, 1 / 5, 1 / 7, 1 / 9, 1 / 11, 1 / 13]));
  return select(gt(abs(u), 0.5), sub(log1p(u), u), mul(s, sub(mul(2, series), u)));
}

/** xᵃ e^-x / Γ(a + 1). */
function weight(a: Expr, x: Expr): Expr {
  const large = select(lt(a, LARGE), LARGE, a), rest = mul(large, logRest(div(sub(x, large), large)));
  const stirling = exp(sub(rest, div(sub(1 / 12, div(1 / 360, square(large))), large)));
  const other = exp(sub(sub(mul(a, log(x)), x), lgamma(add(a, 1))));
  return select(lt(a, LARGE), other, div(stirling, sqrt(mul(2 * Math.PI, large))));
}

function lowerSeries(a: Expr, x: Expr): Expr {
  let sum: Expr = constant(1);
  for (let n = TERMS; n > 0; n--) sum = add(1, mul(sum, div(x, add(a, n))));
  return mul(weight(a, x), sum);
}

function upperSeries(a: Expr, x: Expr): Expr {
  let sum: Expr = constant(0), factor = 1;
  for (let n = 1; n < 14; n++) {
    factor /= -n;
    sum = add(sum, mul(factor, div(power(x, n), add(a, n))));
  }
  const exponent = sub(mul(a, log(x)), lgamma(add(a, 1)));
  return sub(neg(expm1(exponent)), mul(mul(exp(exponent), a), sum));
}

function power(x: Expr, n: number): Expr {
  return n === 1 ? x : mul(x, power(x, n - 1));
}

function upperFraction(a: Expr, x: Expr): Expr {
  let rest = sub(add(x, 2 * FRACTIONS + 1), a);
  for (let n = FRACTIONS; n > 0; n--) {
    rest = add(sub(add(x, 2 * n - 1), a), div(mul(n, sub(a, n)), rest));
  }
  return div(mul(weight(a, x), a), rest);
}

function uniform(a: Expr, x: Expr, sign: 1 | -1): Expr {
  const u = div(sub(x, a), a), half = neg(logRest(u)), eta = mul(select(lt(u, 0), -1, 1), sqrt(mul(2, half)));
  const sum = TEMME.map((row) => polynomial(eta, row)).reduceRight((rest, next) => add(next, div(rest, a)));
  const rest = mul(div(exp(neg(mul(a, half))), sqrt(mul(2 * Math.PI, a))), sum);
  return add(mul(0.5, erfc(mul(sign, mul(eta, sqrt(mul(0.5, a)))))), mul(sign, rest));
}

// At none or all of x, and beyond.
function atEdges(a: Expr, x: Expr, inside: Expr, [none, all]: readonly [number, number]): Expr {
  const isBeside = and(ge(a, 0), ge(x, 0)), isCorner = and(eq(a, x), or(eq(a, 0), eq(a, Infinity)));
  const known = select(
    or(eq(a, 0), eq(x, Infinity)),
    all,
    select(or(eq(x, 0), eq(a, Infinity)), none, inside),
  );
  return select(isBeside, select(isCorner, NaN, known), NaN);
}

function isUniform(a: Expr, x: Expr): Expr {
  return and(ge(a, LARGE), lt(abs(sub(x, a)), mul(0.5, a)));
}

function lowerSingle(a: Expr, x: Expr): Expr {
  const apart = select(and(gt(x, 1.1), gt(x, a)), sub(1, upperFraction(a, x)), lowerSeries(a, x));
  return atEdges(a, x, select(isUniform(a, x), uniform(a, x, -1), apart), [0, 1]);
}

function upperSingle(a: Expr, x: Expr): Expr {
  const isUpper = select(gt(x, 0.5), ge(mul(x, 1.1), a), ge(div(-0.4, log(x)), a));
  const near = select(isUpper, upperSeries(a, x), sub(1, lowerSeries(a, x)));
  const far = select(lt(x, a), sub(1, lowerSeries(a, x)), upperFraction(a, x));
  const apart = select(gt(x, 1.1), far, near);
  return atEdges(a, x, select(isUniform(a, x), uniform(a, x, 1), apart), [1, 0]);
}

/** xᵃ⁻¹ e^-x / Γ(a). */
const density: BinaryBuilder = /* @__PURE__ */ part("special_gammaDensity", [
  null,
  (ct, y, a, x) => mul(ct, mul(y, sub(div(sub(a, 1), x), 1))),
], {
  result: "float",
  evaluate: numbers.density,
  expandSingle: (a, x) => {
    const atZero = select(lt(a, 1), Infinity, select(eq(a, 1), 1, 0));
    return select(eq(x, 0), atZero, mul(weight(a, x), div(a, x)));
  },
});

const lower: BinaryBuilder = /* @__PURE__ */ part("special_gammainc", [
  null,
  (ct, _y, a, x) => mul(ct, density(a, x)),
], { result: "float", evaluate: numbers.lower, expandSingle: lowerSingle });

const upper: BinaryBuilder = /* @__PURE__ */ part("special_gammaincc", [
  null,
  (ct, _y, a, x) => neg(mul(ct, density(a, x))),
], { result: "float", evaluate: numbers.upper, expandSingle: upperSingle });

/**
 * The lower incomplete gamma function P(a, x) = 1/Γ(a) ∫₀ˣ t^(a - 1) e^-t dt, elementwise, broadcasting; NaN where one is
 * negative. As in PyTorch it has no gradient to a. Integers give f32. It is `torch.special.gammainc` and `torch.igamma`.
 *
 * @category Special functions
 * @example
 * ```ts
 * import { special, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([0, 2, Infinity], { dtype: "f64" });
 * const [none, some, all] = await special.gammainc(1, x).data();
 * assertEquals([none, all], [0, 1]);
 * assertAlmostEquals(some, 1 - Math.exp(-2), 1e-15);
 * ```
 */
export const gammainc: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.gammainc",
  (a, x) => lower(a, x),
);

/**
 * The upper incomplete gamma function Q(a, x) = 1 - P(a, x), elementwise, broadcasting, with the edges and gradients of
 * {@link gammainc}: `torch.special.gammaincc` and `torch.igammac`.
 *
 * @category Special functions
 */
export const gammaincc: BinaryOp = /* @__PURE__ */ defineElementwise(
  "special.gammaincc",
  (a, x) => upper(a, x),
);
