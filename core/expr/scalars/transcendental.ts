/** Exponential, trigonometric, hyperbolic and special functions, and the sigmoid family. */
import * as special from "../special.ts";
import { logaddexp as logaddexpOf } from "../special_sum.ts";
import { binary, type BinaryBuilder, type Later, unary, type UnaryBuilder } from "../scalar.ts";
import {
  abs,
  add,
  clamp,
  div,
  floor,
  maximum,
  mul,
  neg,
  reciprocal,
  round,
  square,
  sub,
} from "./arithmetic.ts";
import { acoshSlope, asinhSlope, asinSlope, atanhSlope, atanSlope } from "./slopes.ts";
import { and, eq, ge, isNaN, le, lt, select } from "./logic.ts";
import { smooth } from "./smooth.ts";
import { constant, type Expr } from "../expr.ts";

type Evaluate = (x: number) => number;

export const exp: UnaryBuilder = smooth("exp", (y) => y, Math.exp);
export const exp2: UnaryBuilder = smooth("exp2", (y) => mul(Math.LN2, y), (x) => 2 ** x);
export const expm1: UnaryBuilder = smooth("expm1", (_y, x) => exp(x), Math.expm1);

/** The logarithm to a base. */
function logarithm(name: string, evaluate: Evaluate, slopeOf: (x: Expr) => Expr): UnaryBuilder {
  return unary(name, (ct, _y, x) => div(ct, slopeOf(x)), { result: "float", evaluate });
}

export const log: UnaryBuilder = logarithm("log", Math.log, (x) => x);
export const log1p: UnaryBuilder = logarithm("log1p", Math.log1p, (x) => add(x, 1));
export const log2: UnaryBuilder = logarithm("log2", Math.log2, (x) => mul(Math.LN2, x));
export const log10: UnaryBuilder = logarithm("log10", Math.log10, (x) => mul(Math.LN10, x));

export const sin: UnaryBuilder = smooth("sin", (_y, x) => cos(x), Math.sin);
export const cos: UnaryBuilder = smooth("cos", (_y, x) => neg(sin(x)), Math.cos);
export const tan: UnaryBuilder = smooth("tan", (y) => add(1, square(y)), Math.tan);
export const asin: UnaryBuilder = smooth("asin", (_y, x) => asinSlope(x), Math.asin);
export const acos: UnaryBuilder = smooth("acos", (_y, x) => neg(asinSlope(x)), Math.acos);
export const atan: UnaryBuilder = smooth("atan", (_y, x) => atanSlope(x), Math.atan);

export const sinh: UnaryBuilder = smooth("sinh", (_y, x) => cosh(x), Math.sinh);
export const cosh: UnaryBuilder = smooth("cosh", (_y, x) => sinh(x), Math.cosh);
export const tanh: UnaryBuilder = smooth("tanh", (y) => sub(1, square(y)), Math.tanh);
export const asinh: UnaryBuilder = smooth("asinh", (_y, x) => asinhSlope(x), Math.asinh);
export const acosh: UnaryBuilder = smooth("acosh", (_y, x) => acoshSlope(x), Math.acosh);
export const atanh: UnaryBuilder = smooth("atanh", (_y, x) => atanhSlope(x), Math.atanh);

/** sin(πx)/(πx), the normalised sinc, 1 at 0. */
export const sinc: UnaryBuilder = smooth("sinc", (_y, x) => sincSlope(x));

// sin(πx) from the distance to the nearest whole number, which is exact.
function sineOfTurns(x: Expr): Expr {
  const n = round(x), sine = sin(mul(Math.PI, sub(x, n)));
  return select(eq(sub(n, mul(2, floor(mul(0.5, n)))), 0), sine, neg(sine));
}

// The slope of sinc over x in x², lowest first: 2k times the term (-π²)ᵏ/(2k + 1)! of sinc.
const SINC_SLOPES = Array.from({ length: 14 }, (_, i) => sincSlopeTerm(i + 1));

function sincSlopeTerm(k: number): number {
  let term = 1;
  for (let i = 1; i <= k; i++) term *= -(Math.PI ** 2) / (2 * i * (2 * i + 1));
  return 2 * k * term;
}

// cos(πx) from the distance to the nearest half, which is exact where the cosine is small.
function cosineOfTurns(x: Expr): Expr {
  const turn = abs(sub(x, mul(2, round(mul(0.5, x))))), middle = sin(mul(Math.PI, sub(0.5, turn)));
  return select(lt(abs(sub(turn, 0.5)), 0.25), middle, cos(mul(Math.PI, turn)));
}

// (cos πx - sinc x)/x, and near 0, where that cancels, its series.
function sincSlope(x: Expr): Expr {
  const z = square(x);
  const series = SINC_SLOPES.reduceRight<Expr>((rest, c) => add(mul(rest, z), c), constant(0));
  return select(lt(abs(x), 0.5), mul(x, series), div(sub(cosineOfTurns(x), sinc(x)), x));
}

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

// e^(-x²), the square in two parts, of which the larger is exact: beyond 32 it is 0.
function bell(x: Expr): Expr {
  const near = clamp(x, -32, 32), high = mul(1 / 16, round(mul(16, near)));
  return mul(exp(neg(square(high))), exp(mul(sub(high, near), add(high, near))));
}

export const erf: UnaryBuilder = smooth("erf", (_y, x) => mul(TWO_OVER_ROOT_PI, bell(x)));
export const erfc: UnaryBuilder = smooth("erfc", (_y, x) => mul(-TWO_OVER_ROOT_PI, bell(x)));
export const erfinv: UnaryBuilder = smooth("erfinv", (y, x) => erfinvSlope(abs(x), abs(y)));

// 1/erf'(y), by what erf(y) is off x, since a rounding of y changes it by y² times as much.
function erfinvSlope(x: Expr, y: Expr): Expr {
  const off = sub(erfc(y), sub(1, x)), slope = sub(mul(TWO_OVER_ROOT_PI, bell(y)), mul(mul(2, y), off));
  return select(eq(x, 1), Infinity, reciprocal(slope));
}

export const lgamma: UnaryBuilder = smooth("lgamma", (_y, x) => digamma(x));
export const digamma: UnaryBuilder = smooth("digamma", (_y, x) => polygamma(1, x));

/** The n-th derivative of digamma; n is a constant of the expression and has no gradient. */
export const polygamma: BinaryBuilder = binary("polygamma", [
  null,
  (ct, _y, n, x) => mul(ct, polygamma(add(n, 1), x)),
], { result: "float" });

/** 1/(1 + e^-x), from the side on which the exponential does not overflow. */
export const sigmoid: UnaryBuilder = smooth(
  "sigmoid",
  (y) => mul(y, sub(1, y)),
  (x) => x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)),
);

/** x/(1 + |x|), whose derivative 1/(1 + |x|)² would cancel if it came from the quotient. */
export const softsign: UnaryBuilder = smooth(
  "softsign",
  (_y, x) => square(reciprocal(add(1, abs(x)))),
  (x) => x / (1 + Math.abs(x)),
);

/** log(1 + e^x) as max(x, 0) + log1p(e^-|x|). */
export const softplus: UnaryBuilder = smooth(
  "softplus",
  (_y, x) => sigmoid(x),
  (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
);

/** log(e^a + e^b) without overflow. */
export const logaddexp: BinaryBuilder = binary("logaddexp", [
  (ct, _y, a, b) => mul(ct, sigmoid(sub(a, b))),
  (ct, _y, a, b) => mul(ct, sigmoid(sub(b, a))),
], { result: "float" });

/** x·log(y), 0 where x is 0 whatever y is but NaN. */
export const xlogy: BinaryBuilder = timesLog("xlogy", 0, Math.log);

/** x·log(1 + y), 0 where x is 0 whatever y is but NaN. */
export const xlog1py: BinaryBuilder = timesLog("xlog1py", 1, Math.log1p);

/** x times the logarithm of y + `shift`. */
function timesLog(name: string, shift: 0 | 1, evaluate: Evaluate): BinaryBuilder {
  const of: BinaryBuilder = binary(name, [
    // No cotangent times an infinite logarithm is nothing, as in PyTorch.
    (ct, _y, x, y) => select(and(eq(x, 0), le(y, -shift)), 0, of(ct, y)),
    (ct, _y, x, y) => mul(ct, div(x, shift === 0 ? y : add(y, shift))),
  ], { result: "float", evaluate: (x, y) => y !== y ? NaN : x === 0 ? 0 : x * evaluate(y) });
  return of;
}

// e^-|x|.
function decay(x: Expr): Expr {
  return exp(neg(abs(x)));
}

function timesUnlessZero(x: Expr, y: Expr, logarithm: Expr): Expr {
  return select(isNaN(y), y, select(eq(x, 0), 0, mul(x, logarithm)));
}

/** Their code in double precision, and how they are computed where they are not known. */
export const later: Later = {
  sinc: { evaluate: special.sinc, expand: (x) => select(eq(x, 0), 1, div(sineOfTurns(x), mul(Math.PI, x))) },
  erf: { evaluate: special.erf },
  erfc: { evaluate: special.erfc },
  erfinv: { evaluate: special.erfinv },
  lgamma: { evaluate: special.lgamma },
  digamma: { evaluate: special.digamma },
  polygamma: { evaluate: special.polygamma },
  sigmoid: { expand: (x) => div(select(ge(x, 0), 1, decay(x)), add(1, decay(x))) },
  softsign: { expand: (x) => div(x, add(1, abs(x))) },
  softplus: { expand: (x) => add(maximum(x, 0), log1p(decay(x))) },
  logaddexp: {
    evaluate: logaddexpOf,
    expand: (a, b) => select(eq(a, b), add(a, Math.LN2), add(maximum(a, b), log1p(decay(sub(a, b))))),
  },
  xlogy: { expand: (x, y) => timesUnlessZero(x, y, log(y)) },
  xlog1py: { expand: (x, y) => timesUnlessZero(x, y, log1p(y)) },
};
