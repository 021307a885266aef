/** The bits of floats, and constants that depend on how many there are, by dtype. */
import { cast, type Expr } from "../expr.ts";
import type { Operand } from "../scalar.ts";
import { add, div, maximum, mul, sub } from "../scalars/arithmetic.ts";
import { bitcastF32, bitcastI32 } from "../scalars/floats.ts";
import { bitAnd, bitXor, lt, select, shiftLeft, shiftRight } from "../scalars/logic.ts";
import * as parts from "./parts.ts";
import { mulAdd } from "./parts.ts";

/** What a dtype has for approximations in it. */
export interface Precision {
  /** Added to a number it rounds that to a whole one, as `powers` takes it. */
  readonly powerShift: number;
  /** The same, as `isOdd` and `negatedIfSecond` take it. */
  readonly parityShift: number;
  /** 2^n in two factors from n + {@link powerShift}, where the factors are normal. */
  readonly powers: (t: Expr) => readonly [lower: Expr, upper: Expr];
  /** 2^n of a whole number n, where that is normal. */
  readonly power: (n: Expr) => Expr;
  /** 1/x of a power of two, where that is normal. */
  readonly inverse: (x: Expr) => Expr;
  /** Whether the lowest bit of n is 1, from t = n + {@link parityShift}. */
  readonly isOdd: (t: Expr) => Expr;
  /** x, negated if the second lowest bit of n is 1. */
  readonly negatedIfSecond: (x: Expr, t: Expr) => Expr;
  /** -k of x = m·2^k with m from √½ to √2, where x is positive and normal. */
  readonly negatedBinade: (x: Expr) => Expr;
  /** 2^-k of the same, or anything finite where that is not normal. */
  readonly negatedPower: (x: Expr) => Expr;
  /** m of the same. */
  readonly nearOne: (x: Expr) => Expr;
}

// The bits of √½, and as many ones as the fraction has.
const ROOT_HALF = 0x3f3504f3, FRACTION = 0x7fffff;
// 3·2^22, which shifts a whole number into the low bits.
const SHIFT = 12582912;
const SIGN = -0x80000000;

function negatedBinade(x: Expr): Expr {
  return shiftRight(sub(ROOT_HALF + FRACTION, bitcastI32(x)), 23);
}

/** In f32, all by integers of as many bits. */
export const single: Precision = {
  powerShift: 12583166,
  parityShift: SHIFT,
  powers: (t) => {
    const bits = bitcastI32(t), half = shiftRight(bits, 1);
    return [half, sub(bits, half)].map((n) => bitcastF32(shiftLeft(n, 23))) as [Expr, Expr];
  },
  power: (n) => bitcastF32(shiftLeft(bitcastI32(add(n, SHIFT + 127)), 23)),
  inverse: (x) => bitcastF32(sub(254 << 23, bitcastI32(x))),
  isOdd: (t) => lt(shiftLeft(bitcastI32(t), 31), 0),
  negatedIfSecond: (x, t) => bitcastF32(bitXor(bitcastI32(x), bitAnd(shiftLeft(bitcastI32(t), 30), SIGN))),
  negatedBinade: (x) => cast(negatedBinade(x), "f32"),
  negatedPower: (x) => bitcastF32(maximum(add(127 << 23, shiftLeft(negatedBinade(x), 23)), 0)),
  nearOne: (x) => bitcastF32(add(bitcastI32(x), shiftLeft(negatedBinade(x), 23))),
};

/** In f64, by functions of their own. */
export const double: Precision = {
  powerShift: parts.POWER_SHIFT,
  parityShift: 6755399441055744,
  powers: (t) => [parts.lowerPower(t), parts.upperPower(t)],
  power: (n) => parts.lowerPower(add(mul(2, n), parts.POWER_SHIFT)),
  inverse: (x) => div(1, x),
  isOdd: parts.isOdd,
  negatedIfSecond: parts.negatedIfSecond,
  negatedBinade: parts.negatedBinade,
  negatedPower: (x) => double.power(atLeast(parts.negatedBinade(x), -1022)),
  nearOne: parts.nearOne,
};

/**
 * A scalar function as an expression of its operands.
 *
 * @category Backends
 */
export type Approximation = (...operands: Expr[]) => Expr;

/** Approximations by the names of their functions, by the dtype of the operands. */
export type ByDtype = Readonly<Record<"f32" | "f64", Readonly<Record<string, Approximation>>>>;

/** Functions of a family in both dtypes, of what depends on them. */
export function byDtype<T>(
  facts: Readonly<{ f32: T; f64?: T }>,
  functions: (by: T) => Readonly<Record<string, Approximation>>,
): ByDtype {
  return { f32: functions(facts.f32), f64: facts.f64 ? functions(facts.f64) : {} };
}

/** Facts with some of them replaced. */
export function replaced<T extends object>(facts: T, by: Partial<T>): T {
  return { ...facts, ...by };
}

/** c0 + c1 x + c2 x² + …, lowest first. */
export function polynomial(x: Expr, coefficients: ArrayLike<number>): Expr {
  const [last, next, ...others] = Array.from(coefficients).toReversed();
  return others.reduce((sum, c) => mulAdd(sum, x, c), mulAdd(last, x, next));
}

/** p(x)/q(x), of coefficients lowest first. */
export function rational(x: Expr, p: ArrayLike<number>, q: ArrayLike<number>): Expr {
  return div(polynomial(x, p), polynomial(x, q));
}

/** What is approximated in f64, for operands in f32. */
export function inDouble(approximation: Approximation): Approximation {
  return (...operands) => cast(approximation(...operands.map((x) => cast(x, "f64"))), "f32");
}

/** x, at most `bound`; NaN stays. */
export function atMost(x: Expr, bound: Operand): Expr {
  return select(lt(bound, x), bound, x);
}

/** x, at least `bound`; NaN stays. */
export function atLeast(x: Expr, bound: Operand): Expr {
  return select(lt(x, bound), bound, x);
}
