/** Exponential, trigonometric, hyperbolic and special functions, and the sigmoid family. */
import * as special from "../special.ts";
import { logaddexp as logaddexpOf } from "../special_sum.ts";
import { binary, type BinaryBuilder, unary, type UnaryBuilder } from "../scalar.ts";
import { abs, add, div, floor, maximum, mul, neg, reciprocal, round, square, sub } from "./arithmetic.ts";
import { acoshSlope, asinhSlope, asinSlope, atanhSlope, atanSlope } from "./slopes.ts";
import { and, eq, ge, isNaN, le, lt, select } from "./logic.ts";
import { constant, type Expr } from "../expr.ts";

type Evaluate = (x: number) => number;

function smooth(name: string, evaluate: Evaluate, vjp: (ct: Expr, y: Expr, x: Expr) => Expr): UnaryBuilder {
  return unary(name, vjp, { result: "float", evaluate });
}

export const exp: UnaryBuilder = smooth("exp", Math.exp, (ct, y) => mul(ct, y));
export const exp2: UnaryBuilder = smooth("exp2", (x) => 2 ** x, (ct, y) => mul(ct, mul(Math.LN2, y)));
export const expm1: UnaryBuilder = smooth("expm1", Math.expm1, (ct, _y, x) => mul(ct, exp(x)));
export const log: UnaryBuilder = smooth("log", Math.log, (ct, _y, x) => div(ct, x));
export const log1p: UnaryBuilder = smooth("log1p", Math.log1p, (ct, _y, x) => div(ct, add(x, 1)));
export const log2: UnaryBuilder = smooth("log2", Math.log2, (ct, _y, x) => div(ct, mul(Math.LN2, x)));
export const log10: UnaryBuilder = smooth("log10", Math.log10, (ct, _y, x) => div(ct, mul(Math.LN10, x)));

export const sin: UnaryBuilder = smooth("sin", Math.sin, (ct, _y, x) => mul(ct, cos(x)));
export const cos: UnaryBuilder = smooth("cos", Math.cos, (ct, _y, x) => neg(mul(ct, sin(x))));
export const tan: UnaryBuilder = smooth("tan", Math.tan, (ct, y) => mul(ct, add(1, square(y))));
export const asin: UnaryBuilder = smooth("asin", Math.asin, (ct, _y, x) => mul(ct, asinSlope(x)));
export const acos: UnaryBuilder = smooth("acos", Math.acos, (ct, _y, x) => neg(mul(ct, asinSlope(x))));
export const atan: UnaryBuilder = smooth("atan", Math.atan, (ct, _y, x) => mul(ct, atanSlope(x)));

export const sinh: UnaryBuilder = smooth("sinh", Math.sinh, (ct, _y, x) => mul(ct, cosh(x)));
export const cosh: UnaryBuilder = smooth("cosh", Math.cosh, (ct, _y, x) => mul(ct, sinh(x)));
export const tanh: UnaryBuilder = smooth("tanh", Math.tanh, (ct, y) => mul(ct, sub(1, square(y))));
export const asinh: UnaryBuilder = smooth("asinh", Math.asinh, (ct, _y, x) => mul(ct, asinhSlope(x)));
export const acosh: UnaryBuilder = smooth("acosh", Math.acosh, (ct, _y, x) => mul(ct, acoshSlope(x)));
export const atanh: UnaryBuilder = smooth("atanh", Math.atanh, (ct, _y, x) => mul(ct, atanhSlope(x)));

/** sin(πx)/(πx), the normalised sinc, 1 at 0. */
export const sinc: UnaryBuilder = unary("sinc", (ct, _y, x) => mul(ct, sincSlope(x)), {
  result: "float",
  evaluate: special.sinc,
  expand: (x) => select(eq(x, 0), 1, div(sineOfTurns(x), mul(Math.PI, x))),
});

// sin(πx) from the distance to the nearest whole number, which is exact.
function sineOfTurns(x: Expr): Expr {
  const n = round(x), sine = sin(mul(Math.PI, sub(x, n)));
  return select(eq(sub(n, mul(2, floor(mul(0.5, n)))), 0), sine, neg(sine));
}

// (sinc(x) - 1)/x² in x², lowest first: (-π²)ᵏ/(2k + 1)!.
const SINC_SERIES = Array.from({ length: 14 }, (_, i) => sincTerm(i + 1));

function sincTerm(k: number): number {
  let term = 1;
  for (let i = 1; i <= k; i++) term *= -(Math.PI ** 2) / (2 * i * (2 * i + 1));
  return term;
}

// (cos πx - sinc x)/x, and near 0, where that cancels, its series; the angle is that within half a turn.
function sincSlope(x: Expr): Expr {
  const z = square(x), angle = mul(Math.PI, sub(x, mul(2, round(mul(0.5, x)))));
  const series = SINC_SERIES.map((c, i) => 2 * (i + 1) * c).reduceRight<Expr>(
    (rest, c) => add(mul(rest, z), c),
    constant(0),
  );
  return select(lt(abs(x), 0.5), mul(x, series), div(sub(cos(angle), sinc(x)), x));
}

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

export const erf: UnaryBuilder = smooth(
  "erf",
  special.erf,
  (ct, _y, x) => mul(ct, mul(TWO_OVER_ROOT_PI, exp(neg(square(x))))),
);
export const erfc: UnaryBuilder = smooth(
  "erfc",
  special.erfc,
  (ct, _y, x) => mul(ct, mul(-TWO_OVER_ROOT_PI, exp(neg(square(x))))),
);
export const erfinv: UnaryBuilder = smooth(
  "erfinv",
  special.erfinv,
  (ct, y) => mul(ct, mul(1 / TWO_OVER_ROOT_PI, exp(square(y)))),
);
export const lgamma: UnaryBuilder = smooth("lgamma", special.lgamma, (ct, _y, x) => mul(ct, digamma(x)));
export const digamma: UnaryBuilder = smooth(
  "digamma",
  special.digamma,
  (ct, _y, x) => mul(ct, polygamma(1, x)),
);

/** The n-th derivative of digamma; n is a constant of the expression and has no gradient. */
export const polygamma: BinaryBuilder = binary("polygamma", [
  null,
  (ct, _y, n, x) => mul(ct, polygamma(add(n, 1), x)),
], { result: "float", evaluate: special.polygamma });

/** 1/(1 + e^-x), from the side on which the exponential does not overflow. */
export const sigmoid: UnaryBuilder = unary("sigmoid", (ct, y) => mul(ct, mul(y, sub(1, y))), {
  result: "float",
  evaluate: (x) => x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)),
  expand: (x) => {
    const t = exp(neg(abs(x)));
    return div(select(ge(x, 0), 1, t), add(1, t));
  },
});

/** x/(1 + |x|), whose derivative 1/(1 + |x|)² would cancel if it came from the quotient. */
export const softsign: UnaryBuilder = unary(
  "softsign",
  (ct, _y, x) => mul(ct, square(reciprocal(add(1, abs(x))))),
  {
    result: "float",
    evaluate: (x) => x / (1 + Math.abs(x)),
    expand: (x) => div(x, add(1, abs(x))),
  },
);

/** log(1 + e^x) as max(x, 0) + log1p(e^-|x|). */
export const softplus: UnaryBuilder = unary("softplus", (ct, _y, x) => mul(ct, sigmoid(x)), {
  result: "float",
  evaluate: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  expand: (x) => add(maximum(x, 0), log1p(exp(neg(abs(x))))),
});

/** log(e^a + e^b) without overflow. */
export const logaddexp: BinaryBuilder = binary("logaddexp", [
  (ct, _y, a, b) => mul(ct, sigmoid(sub(a, b))),
  (ct, _y, a, b) => mul(ct, sigmoid(sub(b, a))),
], {
  result: "float",
  evaluate: logaddexpOf,
  expand: (a, b) => select(eq(a, b), add(a, Math.LN2), add(maximum(a, b), log1p(exp(neg(abs(sub(a, b))))))),
});

/** x·log(y), 0 where x is 0 whatever y is but NaN. */
export const xlogy: BinaryBuilder = timesLog("xlogy", 0, { evaluate: Math.log, build: log });

/** x·log(1 + y), 0 where x is 0 whatever y is but NaN. */
export const xlog1py: BinaryBuilder = timesLog("xlog1py", 1, { evaluate: Math.log1p, build: log1p });

interface Logarithm {
  readonly evaluate: Evaluate;
  readonly build: UnaryBuilder;
}

/** x times the logarithm of y + `shift`. */
function timesLog(name: string, shift: 0 | 1, { evaluate, build }: Logarithm): BinaryBuilder {
  const of: BinaryBuilder = binary(name, [
    // No cotangent times an infinite logarithm is nothing, as in PyTorch.
    (ct, _y, x, y) => select(and(eq(x, 0), le(y, -shift)), 0, of(ct, y)),
    (ct, _y, x, y) => mul(ct, div(x, shift === 0 ? y : add(y, shift))),
  ], {
    result: "float",
    evaluate: (x, y) => y !== y ? NaN : x === 0 ? 0 : x * evaluate(y),
    expand: (x, y) => select(isNaN(y), y, select(eq(x, 0), 0, mul(x, build(y)))),
  });
  return of;
}
