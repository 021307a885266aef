/** Arithmetic and rounding. Where a rule looks odd it is PyTorch's convention at a tie or a zero. */
import { type Expr, isConstant as is } from "../expr.ts";
import { roundHalfEven } from "../rounding.ts";
import { lerp as lerpOf } from "../special_sum.ts";
import {
  binary,
  type BinaryBuilder,
  type Later,
  ternary,
  type TernaryBuilder,
  unary,
  type UnaryBuilder,
} from "../scalar.ts";
import { and, eq, ge, gt, isNaN, le, lt, or, select } from "./logic.ts";

export const add: BinaryBuilder = binary("add", [(ct) => ct, (ct) => ct], {
  result: "same",
  evaluate: (a, b) => a + b,
});

export const sub: BinaryBuilder = binary("sub", [(ct) => ct, (ct) => neg(ct)], {
  result: "same",
  evaluate: (a, b) => a - b,
  simplify: (a, b) => is(b, 0) && !Object.is(b.value, -0) ? a : null,
});

export const mul: BinaryBuilder = binary("mul", [(ct, _y, _a, b) => mul(ct, b), (ct, _y, a) => mul(ct, a)], {
  result: "same",
  evaluate: (a, b) => a * b,
  evaluateInteger: Math.imul,
  simplify: (a, b) => is(a, 1) ? b : is(b, 1) ? a : is(a, -1) ? neg(b) : is(b, -1) ? neg(a) : null,
});

/** a·b, but 0 where one is 0 and the other infinite: for a product of finite numbers, part of which overflows. */
export const mulOrZero: BinaryBuilder = binary("mulOrZero", [
  (ct, _y, _a, b) => mulOrZero(ct, b),
  (ct, _y, a) => mulOrZero(ct, a),
], {
  result: "same",
  evaluate: (a, b) => isZeroTimesInfinity(a, b) || isZeroTimesInfinity(b, a) ? 0 : a * b,
  evaluateInteger: Math.imul,
});

function isZeroTimesInfinity(a: number, b: number): boolean {
  return a === 0 && (b === Infinity || b === -Infinity);
}

export const div: BinaryBuilder = binary("div", [
  (ct, _y, _a, b) => div(ct, b),
  (ct, y, _a, b) => neg(mul(ct, div(y, b))),
], { result: "float", evaluate: (a, b) => a / b });

export const neg: UnaryBuilder = unary("neg", (ct) => neg(ct), {
  result: "same",
  evaluate: (x) => -x,
  simplify: (x) => x.fn?.name === "neg" ? x.args[0] : null,
});

export const abs: UnaryBuilder = unary("abs", (ct, _y, x) => mul(ct, sign(x)), {
  result: "same",
  evaluate: Math.abs,
});

export const sign: UnaryBuilder = unary("sign", null, {
  result: "same",
  evaluate: (x) => x > 0 ? 1 : x < 0 ? -1 : 0,
});

export const square: UnaryBuilder = (x) => mul(x, x);

export const reciprocal: UnaryBuilder = unary("reciprocal", (ct, y) => neg(mul(ct, mul(y, y))), {
  result: "float",
  evaluate: (x) => 1 / x,
});

export const sqrt: UnaryBuilder = unary("sqrt", (ct, y) => div(ct, mul(2, y)), {
  result: "float",
  evaluate: Math.sqrt,
});

export const rsqrt: UnaryBuilder = unary("rsqrt", (ct, y) => mul(ct, mul(-0.5, mul(y, mul(y, y)))), {
  result: "float",
  evaluate: (x) => 1 / Math.sqrt(x),
});

type Two = (a: number, b: number) => number;

// At a tie each side takes half; a NaN on either side lets the whole cotangent through to both.
function extremum(name: string, evaluate: Two, loses: BinaryBuilder): BinaryBuilder {
  const share = (ct: Expr, lost: Expr, tied: Expr) => select(lost, 0, select(tied, mul(0.5, ct), ct));
  return binary(name, [
    (ct, _y, a, b) => share(ct, loses(a, b), eq(a, b)),
    (ct, _y, a, b) => share(ct, loses(b, a), eq(a, b)),
  ], { result: "same", evaluate });
}

export const maximum: BinaryBuilder = extremum("maximum", Math.max, lt);
export const minimum: BinaryBuilder = extremum("minimum", Math.min, gt);

// The variants that ignore NaN give a tie to the first operand.
function ignoringNaN(name: string, evaluate: Two, wins: BinaryBuilder): BinaryBuilder {
  const takes = (a: Expr, b: Expr) => or(wins(a, b), isNaN(b));
  return binary(name, [
    (ct, _y, a, b) => select(takes(a, b), ct, 0),
    (ct, _y, a, b) => select(takes(a, b), 0, ct),
  ], { result: "same", evaluate: (a, b) => a !== a ? b : b !== b ? a : evaluate(a, b) });
}

export const fmax: BinaryBuilder = ignoringNaN("fmax", Math.max, ge);
export const fmin: BinaryBuilder = ignoringNaN("fmin", Math.min, le);

/** `clamp(x, low, high)`: the bounds let the cotangent through, what lies outside gives it to its bound. */
export const clamp: TernaryBuilder = ternary("clamp", [
  (ct, _y, x, low, high) => select(and(ge(x, low), le(x, high)), ct, 0),
  (ct, _y, x, low, high) => select(and(lt(low, high), lt(x, low)), ct, 0),
  (ct, _y, x, low, high) => select(or(gt(x, high), gt(low, high)), ct, 0),
], { result: "same", evaluate: (x, low, high) => Math.min(Math.max(x, low), high) });

/** `lerp(a, b, w)`: from the end that is nearer, so that weights 0 and 1 give the ends exactly. */
export const lerp: TernaryBuilder = ternary("lerp", [
  (ct, _y, _a, _b, w) => mul(ct, sub(1, w)),
  (ct, _y, _a, _b, w) => mul(ct, w),
  (ct, _y, a, b) => mul(ct, sub(b, a)),
], { result: "same" });

/** Division rounded down; an integer divided by zero is 0. */
export const floorDivide: BinaryBuilder = binary("floorDivide", [null, null], {
  result: "same",
  evaluate: (a, b) => floorQuotient(a, b),
  evaluateInteger: (a, b) => b === 0 ? 0 : Math.floor(a / b),
});

// Python's floor division: from the exact remainder, since a / b may round up to the next integer.
function floorQuotient(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = (a - rest) / b - (rest !== 0 && (rest < 0) !== (b < 0) ? 1 : 0);
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/** The remainder with the sign of the divisor, as Python's `%`; an integer by zero is 0. */
export const remainder: BinaryBuilder = binary("remainder", [
  (ct) => ct,
  (ct, _y, a, b) => neg(mul(ct, floorDivide(a, b))),
], {
  result: "same",
  evaluate: floorRemainder,
  evaluateInteger: (a, b) => b === 0 ? 0 : floorRemainder(a, b),
});

function floorRemainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest;
}

/** The remainder with the sign of the dividend, as C's `fmod`; an integer by zero is 0. */
export const fmod: BinaryBuilder = binary("fmod", [
  (ct) => ct,
  (ct, _y, a, b) => neg(mul(ct, trunc(div(a, b)))),
], { result: "same", evaluate: (a, b) => a % b, evaluateInteger: (a, b) => b === 0 ? 0 : a % b });

export const floor: UnaryBuilder = unary("floor", null, { result: "same", evaluate: Math.floor });
export const ceil: UnaryBuilder = unary("ceil", null, { result: "same", evaluate: Math.ceil });
export const trunc: UnaryBuilder = unary("trunc", null, { result: "same", evaluate: Math.trunc });

/** To the nearest integer, halves to the even one. */
export const round: UnaryBuilder = unary("round", null, { result: "same", evaluate: roundHalfEven });

export const copysign: BinaryBuilder = binary("copysign", [
  (ct, y, a) => select(eq(a, 0), 0, mul(ct, div(y, a))),
  null,
], { result: "float", evaluate: (a, b) => isNegative(b) ? -Math.abs(a) : Math.abs(a) });

const bits = new DataView(new ArrayBuffer(8));

// By its bit, which a NaN has too; only that tells the sign of one.
function isNegative(x: number): boolean {
  if (x === x && x !== 0) return x < 0;
  bits.setFloat64(0, x);
  return bits.getInt8(0) < 0;
}

function unlessNaN(a: Expr, b: Expr, extremum: Expr): Expr {
  return select(isNaN(a), b, select(isNaN(b), a, extremum));
}

/** Their code in double precision, and how they are computed where they are not known. */
export const later: Later = {
  mulOrZero: {
    expand: (a, b) => {
      const vanishes = (x: Expr, y: Expr) => and(eq(x, 0), eq(abs(y), Infinity));
      return select(or(vanishes(a, b), vanishes(b, a)), 0, mul(a, b));
    },
  },
  reciprocal: { expand: (x) => div(1, x) },
  rsqrt: { expand: (x) => div(1, sqrt(x)) },
  fmax: { expand: (a, b) => unlessNaN(a, b, maximum(a, b)) },
  fmin: { expand: (a, b) => unlessNaN(a, b, minimum(a, b)) },
  clamp: { expand: (x, low, high) => minimum(maximum(x, low), high) },
  lerp: {
    evaluate: lerpOf,
    expand: (a, b, w) => select(lt(w, 0.5), add(a, mul(w, sub(b, a))), sub(b, mul(sub(b, a), sub(1, w)))),
  },
};
