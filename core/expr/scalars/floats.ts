/** Bits, exponents and neighbours of floats, and products that are rounded with their sums: what approximations are made of. */
import type { Expr } from "../expr.ts";
import {
  binary,
  type BinaryBuilder,
  type Later,
  ternary,
  type TernaryBuilder,
  unary,
  type UnaryBuilder,
} from "../scalar.ts";
import * as words from "../words.ts";
import { abs, add, copysign, maximum, mul, sub } from "./arithmetic.ts";
import { and, eq, gt, isNaN, or, select } from "./logic.ts";

/** The bits of a number in f32, as an i32. */
export const bitcastI32: UnaryBuilder = unary("bitcastI32", null, { result: "i32", operands: "f32" });

/** The bits of a number in f32, as a u32. */
export const bitcastU32: UnaryBuilder = unary("bitcastU32", null, { result: "u32", operands: "f32" });

/** The f32 that has the bits of an integer; a float is converted to i32 first. */
export const bitcastF32: UnaryBuilder = unary("bitcastF32", null, { result: "f32", operands: "i32" });

/** `fma(a, b, c)`: a·b + c, rounded once: on f16 to f32 and then again, on f64 between 2^-900 and 2^900. */
export const fma: TernaryBuilder = ternary("fma", [
  (ct, _y, _a, b) => mul(ct, b),
  (ct, _y, a) => mul(ct, a),
  (ct) => ct,
], { result: "same" });

/** The exponent e of |x| = m·2^e with m in [1, 2), as a float; of 0 it is -∞, of an infinity ∞. */
export const exponentOf: UnaryBuilder = unary("exponentOf", null, { result: "float" });

/** `scaleByPower(x, n)`: x·2^n for a whole number n, rounded once; the fraction of n is cut off. */
export const scaleByPower: BinaryBuilder = binary("scaleByPower", [
  (ct, _y, _x, n) => scaleByPower(ct, n),
  null,
], { result: "float" });

/** `nextAfter(x, y)`: the number of its dtype that is next to x on the way to y, y where they are equal. */
export const nextAfter: BinaryBuilder = binary("nextAfter", [(ct) => ct, null], { result: "float" });

function nextHalf(x: Expr, y: Expr): Expr {
  const size = abs(x), power = maximum(exponentOf(size), -14);
  const unit = scaleByPower(1, sub(power, 10)), leaves = or(eq(x, 0), eq(gt(y, x), gt(x, 0)));
  // Below a power of two numbers are twice as dense, but not below the least normal one.
  const isPower = and(eq(size, scaleByPower(1, power)), gt(power, -14));
  const nearer = select(eq(size, Infinity), 65504, sub(size, select(isPower, mul(0.5, unit), unit)));
  const next = copysign(select(leaves, add(size, unit), nearer), select(eq(x, 0), y, x));
  return select(or(isNaN(x), isNaN(y)), NaN, select(eq(x, y), y, next));
}

/** Their code. */
export const later: Later = {
  bitcastI32: { evaluate: words.bitsOf },
  bitcastU32: { evaluate: (x) => words.bitsOf(x) >>> 0 },
  bitcastF32: { evaluate: words.ofBits },
  fma: {
    evaluate: words.fusedDouble,
    evaluateSingle: words.fusedSingle,
    evaluateInteger: (a, b, c) => Math.imul(a, b) + c,
  },
  exponentOf: { evaluate: words.exponent, evaluateSingle: (x) => words.exponent(Math.fround(x)) },
  scaleByPower: { evaluate: words.scaled },
  nextAfter: {
    evaluate: words.nextDouble,
    evaluateSingle: (x, y) => words.nextSingle(Math.fround(x), Math.fround(y)),
    expandHalf: nextHalf,
  },
};
