/** Activations that lose digits where they are made of others, in f64 for both dtypes. */
import type { Expr } from "../expr.ts";
import { TANHSHRINK_P, TANHSHRINK_Q } from "../special_activation.ts";
import { abs, add, copysign, div, mul, neg, square, sub } from "../scalars/arithmetic.ts";
import { gt, lt, select } from "../scalars/logic.ts";
import { productError } from "./error.ts";
import {
  type Exponential,
  exponential,
  exponentialBetween,
  exponentialDouble,
  logistic,
  split,
} from "./exponential.ts";
import { mulAdd, rarely } from "./parts.ts";
import { type Approximation, atLeast, atMost, type ByDtype, inDouble, rational } from "./precision.ts";

/** x·tanh(log(1 + n)) = x·w/(w + 2) for n = e^x and w = n² + 2n. */
function mish(exp: Approximation): Approximation {
  return (x) => {
    const n = exp(atMost(x, 40)), w = mul(n, add(n, 2));
    return mul(x, div(w, add(w, 2)));
  };
}

/** x·e^x, where e^x may be subnormal, as mish is there. */
function mishDouble(x: Expr): Expr {
  const exp = exponential(exponentialDouble), root = exp(mul(0.5, x));
  return rarely(lt(x, -700), mul(mul(x, root), root), mish(exp)(x));
}

/** x - tanh(x), from 1 on as x - 1 + 2/(e^2x + 1); no zero has a sign. */
function tanhshrink(by: Exponential): Approximation {
  const exp = exponential(by);
  return (x) => {
    const size = abs(x), z = square(atMost(size, 1)), rest = div(2, add(exp(mul(2, size)), 1));
    const near = add(0, mul(x, mul(z, rational(z, TANHSHRINK_P, TANHSHRINK_Q))));
    return select(lt(size, 1), near, copysign(add(sub(size, 1), rest), x));
  };
}

// 2·√(2/π) as an f64, and what that leaves.
const BEND = 1.5957691216057308, BEND_LOW = -9.96930880911092e-17;
const CUBIC = 0.044715;

function geluTanhBetween(x: Expr): Expr {
  return mul(x, logistic(exponentialBetween)(mul(BEND, mul(x, mulAdd(CUBIC, square(x), 1)))));
}

/** BEND·(x + CUBIC·x³) in two numbers, as geluTanh() of numbers has it. */
function bendOf(x: Expr): readonly [high: Expr, low: Expr] {
  const z = square(x), cubic = mul(CUBIC, z), factor = add(1, cubic), product = mul(x, factor);
  const bend = mul(BEND, product), ofFactor = add(sub(cubic, sub(factor, 1)), productError(CUBIC, z, cubic));
  const factorError = mulAdd(productError(x, x, z), CUBIC, ofFactor);
  const low = mulAdd(x, factorError, productError(x, factor, product));
  return [bend, add(productError(BEND, product, bend), mulAdd(low, BEND, mul(product, BEND_LOW)))];
}

/** x·σ(bend), as silu is x·σ(x). */
function geluTanhDouble(x: Expr): Expr {
  const near = atLeast(atMost(x, 8.5), -22.5), [bend, low] = bendOf(near), isBelow = lt(x, 0);
  const { part, lower, upper } = split(exponentialDouble, neg(abs(bend))), whole = add(part, 1);
  const exact = mulAdd(whole, select(isBelow, low, neg(low)), whole), decay = mul(mul(exact, lower), upper);
  const most = select(isBelow, mul(mul(mul(near, exact), lower), upper), near);
  const value = copysign(mulAdd(neg(most), div(decay, add(decay, 1)), most), x);
  return select(gt(x, 8), x, select(lt(x, -22), mul(x, 0), value));
}

/** mish, tanhshrink and geluTanh. */
export const activations: ByDtype = {
  f32: {
    mish: /* @__PURE__ */ inDouble(/* @__PURE__ */ mish(/* @__PURE__ */ exponential(exponentialBetween))),
    tanhshrink: /* @__PURE__ */ inDouble(/* @__PURE__ */ tanhshrink(exponentialBetween)),
    geluTanh: /* @__PURE__ */ inDouble(geluTanhBetween),
  },
  f64: {
    mish: mishDouble,
    tanhshrink: /* @__PURE__ */ tanhshrink(exponentialDouble),
    geluTanh: geluTanhDouble,
  },
};
