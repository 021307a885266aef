/** Exponentials that take fewer steps in f32 than in f64, whose numbers have more exponents than bits to count them. */
import type { Expr } from "../expr.ts";
import { abs, div, mul, square, sub } from "../scalars/arithmetic.ts";
import { bitcastF32, bitcastI32 } from "../scalars/floats.ts";
import { bitAnd, bitOr, gt, lt, select, shiftLeft } from "../scalars/logic.ts";
import { exponentialSingle, fraction, reduced } from "./exponential.ts";
import { mulAdd, rarely } from "./parts.ts";
import { atLeast, atMost, type ByDtype, polynomial } from "./precision.ts";

/** 3·2^22, which shifts a whole number into the low bits. */
const ROUNDER = 12582912;

// n + 127 + 24 is an exponent of a normal number for e^x from the least subnormal number to 2^103, and only the product
// with 2^-24 rounds to a subnormal one; beyond, it is n + 127 - 1.
const LOWERED = 24, SHIFT = ROUNDER + 127 + LOWERED, USUAL = 71;

/** e^x in f32 by one power of two, where x is not large. */
function exponentialQuick(x: Expr): Expr {
  const by = exponentialSingle, bounded = atLeast(x, by.least), shifted = mulAdd(bounded, Math.LOG2E, SHIFT);
  const part = fraction(reduced(by, bounded, sub(shifted, SHIFT)), by.exp), bits = bitcastI32(shifted);
  const times = (power: Expr) => mulAdd(part, power, power);
  const large = mul(times(bitcastF32(shiftLeft(sub(bits, LOWERED + 1), 23))), 2);
  const usual = mul(times(bitcastF32(shiftLeft(bits, 23))), 2 ** -LOWERED);
  return rarely(gt(x, USUAL), select(gt(x, by.most), Infinity, large), usual);
}

const SIGN = -0x80000000, HALF = Math.LN2 / 2;

/**
 * 1 - 1/((e^2x + 1)/2), and x - x³·p(x²) where that would cancel. Where it does not, an error of e^2x counts so little that
 * log 2 need be one number.
 */
function tanhQuick(x: Expr): Expr {
  const by = exponentialSingle, size = abs(x), bounded = atMost(size, by.steep);
  const shifted = mulAdd(bounded, 2 * Math.LOG2E, ROUNDER + 127), n = sub(shifted, ROUNDER + 127);
  const scale = bitcastF32(shiftLeft(bitcastI32(shifted), 23)), half = mulAdd(n, -HALF, bounded);
  // Of r²·p(r) each power has its own power of two.
  const halved = by.exp.map((c, k) => c * 2 ** (k + 1)), part = fraction(half, halved);
  const mean = mulAdd(part, scale, mulAdd(scale, 0.5, 0.5));
  const z = square(size), near = mulAdd(polynomial(z, by.tanh), mul(z, size), size);
  const value = select(lt(size, 0.625), near, sub(1, div(1, mean)));
  return bitcastF32(bitOr(bitcastI32(value), bitAnd(bitcastI32(x), SIGN)));
}

/** exp and tanh. */
export const exponentialsSingle: ByDtype = { f32: { exp: exponentialQuick, tanh: tanhQuick }, f64: {} };
