/**
 * What approximations need beside the functions that expressions have. They are functions of their own, so that
 * backends may give each an instruction or two; one who does not know it expands it. They are in no list of functions,
 * since none but approximations call them, and their names are such that no other function has.
 *
 * @module
 */
import { call } from "../expr.ts";
import {
  type BinaryBuilder,
  type Builder,
  operand,
  type ScalarFunction,
  type TernaryBuilder,
  type UnaryBuilder,
} from "../scalar.ts";
import { add, floor, mul, neg, sub } from "../scalars/arithmetic.ts";
import { exponentOf, scaleByPower } from "../scalars/floats.ts";
import { ne, select } from "../scalars/logic.ts";
import { exponent, scaled } from "../words.ts";

/** A function that only approximations call, by a name that `defineScalar` refuses. */
export function part(name: string, facts: Omit<ScalarFunction, "name" | "arity">): Builder {
  const fn = Object.freeze({ name, arity: facts.vjp.length, ...facts });
  return (...args) => call(fn, args.map(operand));
}

/**
 * `mulAdd(a, b, c)`: a·b + c, rounded once or twice, as is quicker: what is made of it must be right either way.
 *
 * @category Backends
 * @example
 * ```ts
 * import { e, evaluate, mulAdd } from "@tapegrad/core/backend";
 * import { assertEquals } from "@std/assert";
 *
 * const horner = mulAdd(mulAdd(3, e.input(0), 2), e.input(0), 1);
 * assertEquals(evaluate(horner, [2]), 17);
 * ```
 */
export const mulAdd: TernaryBuilder = /* @__PURE__ */ part("mulAdd", {
  vjp: [
    (ct, _y, _a, b) => mul(ct, b),
    (ct, _y, a) => mul(ct, a),
    (ct) => ct,
  ],
  result: "same",
  evaluate: (a, b, c) => a * b + c,
  expand: (a, b, c) => add(mul(a, b), c),
});

/**
 * `rarely(condition, rare, usual)` is `select(condition, rare, usual)` where the condition seldom holds and what is rare
 * takes long: a backend does well to compute that, and all that nothing else needs, only where it holds for any lane.
 *
 * @category Backends
 */
export const rarely: TernaryBuilder = /* @__PURE__ */ part("rarely", {
  vjp: [
    null,
    (ct, _y, condition) => select(condition, ct, 0),
    (ct, _y, condition) => select(condition, 0, ct),
  ],
  result: "select",
  evaluate: (c, a, b) => c !== 0 ? a : b,
  expand: (c, a, b) => select(c, a, b),
});

/** 3·2^51 + 2046, which shifts a whole number n into the low bits of an f64, as n + 2046. */
export const POWER_SHIFT = 6755399441057790;

/**
 * 2^m of the lower half m = floor(n / 2) of a whole number n from -2044 to 2046, from t = n + {@link POWER_SHIFT}, of
 * f64: the number that has the bits of t shifted right by 1 and left by 52. Of any other t it is any number.
 */
export const lowerPower: UnaryBuilder = /* @__PURE__ */ part("__lowerPower", {
  vjp: [null],
  result: "same",
  evaluate: (t) => 2 ** lowerHalf(t),
  expand: (t) => scaleByPower(1, floor(mul(0.5, sub(t, POWER_SHIFT)))),
});

/**
 * 2^m of the upper half m = n - floor(n / 2), from the same t: the number that has the bits of t less themselves shifted
 * right by 1, all shifted left by 52.
 */
export const upperPower: UnaryBuilder = /* @__PURE__ */ part("__upperPower", {
  vjp: [null],
  result: "same",
  evaluate: (t) => 2 ** (t - POWER_SHIFT - lowerHalf(t)),
  expand: (t) => {
    const n = sub(t, POWER_SHIFT);
    return scaleByPower(1, sub(n, floor(mul(0.5, n))));
  },
});

function lowerHalf(t: number): number {
  return Math.floor((t - POWER_SHIFT) / 2);
}

/** Whether t, a whole number between 2^52 and 2^53, is odd: the lowest of its bits. Of any other t it is 0 or 1. */
export const isOdd: UnaryBuilder = /* @__PURE__ */ part("__isOdd", {
  vjp: [null],
  result: "bool",
  evaluate: (t) => t % 2 === 0 ? 0 : 1,
  expand: (t) => ne(sub(t, mul(2, floor(mul(0.5, t)))), 0),
});

/**
 * `negatedIfSecond(x, t)`: x, or -x if the second lowest bit of t is 1, a whole number between 2^52 and 2^53: the bits of
 * x, of which that changes the sign (exclusive or).
 */
export const negatedIfSecond: BinaryBuilder = /* @__PURE__ */ part("__negatedIfSecond", {
  vjp: [null, null],
  result: "same",
  evaluate: (x, t) => t % 4 < 2 ? x : -x,
  expand: (x, t) => select(isOdd(floor(mul(0.5, t))), neg(x), x),
});

/**
 * -k for x = m·2^k, m from √½ to √2, of a positive normal f64: the bits of √½ less those of x, plus 2^52 - 1, shifted
 * right by 52 with their sign, as a number. Of any other x it is any whole number to ±2100.
 */
export const negatedBinade: UnaryBuilder = /* @__PURE__ */ part("__negatedBinade", {
  vjp: [null],
  result: "same",
  evaluate: (x) => -1 - exponent(Math.SQRT1_2 * x),
  expand: (x) => sub(-1, exponentOf(mul(Math.SQRT1_2, x))),
});

/** m for x = m·2^k, m from √½ to √2, of a positive normal f64: its bits, plus {@link negatedBinade} shifted left by 52. */
export const nearOne: UnaryBuilder = /* @__PURE__ */ part("__nearOne", {
  vjp: [null],
  result: "same",
  evaluate: (x) => scaled(x, -1 - exponent(Math.SQRT1_2 * x)),
  expand: (x) => scaleByPower(x, negatedBinade(x)),
});
