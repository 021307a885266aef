/** Functions of floats as instructions, for vectors and numbers of either precision. */
import { i32, select, type Value } from "../assembler/values.ts";
import { type Lanes, plain, type Template } from "./lanes.ts";

/** Whether x is NaN. */
export function isNaNOf(on: Lanes, x: Value): Value {
  return on.is("ne", x, x);
}

/** The sign of one number with the size of another. */
export function withSign(on: Lanes, size: Value, sign: Value): Value {
  if (on.count === 1) return on.is("copysign", size, sign);
  return on.word("bitselect", size, sign, on.whole(on.lane === "f32" ? 0x7fffffff : 2n ** 63n - 1n));
}

/** Whether instructions on floats give masks. */
const comparisons = ["lt", "le", "gt", "ge", "eq", "ne"];

/** Functions that give masks, not numbers. */
export const floatTests: Readonly<Record<string, Template>> = {
  ...Object.fromEntries(comparisons.map((name) => [name, plain(name)])),
  isNaN: (on, [x]) => {
    const value = on.keep(x);
    return isNaNOf(on, value);
  },
  isFinite: (on, [x]) => on.is("lt", on.is("abs", x), on.number(Infinity)),
};

/** Functions that give floats. */
export const floats: Readonly<Record<string, Template>> = {
  ...Object.fromEntries(
    ["add", "sub", "mul", "div", "sqrt", "neg", "abs", "floor", "ceil", "trunc"].map((
      name,
    ) => [name, plain(name)]),
  ),
  round: plain("nearest"),
  maximum: (on, [a, b], [p, q]) => extremum(on, "max", a, b, p, q),
  minimum: (on, [a, b], [p, q]) => extremum(on, "min", a, b, p, q),
  clamp: (on, [x, low, high], [, p, q]) => {
    return extremum(on, "min", extremum(on, "max", x, low, undefined, p), high, undefined, q);
  },
  reciprocal: (on, [x]) => on.is("div", on.number(1), x),
  rsqrt: (on, [x]) => on.is("div", on.number(1), on.is("sqrt", x)),
  sign: (on, [x]) => {
    const value = on.keep(x), zero = on.number(0);
    const below = on.choose(on.is("lt", value, zero), on.number(-1), zero);
    return on.choose(on.is("gt", value, zero), on.number(1), below);
  },
  copysign: (on, [size, sign]) => withSign(on, size, sign),
  mulAdd: (on, [a, b, c]) => {
    return on.code.isRelaxed ? on.is("relaxed_madd", a, b, c) : on.is("add", on.is("mul", a, b), c);
  },
  exponentOf: (on, [x]) => exponentOf(on, x),
  scaleByPower: (on, [x, n]) => scaleByPower(on, x, n),
  nextAfter: (on, [x, y]) => nextAfter(on, x, y),
};

const HIGHEST = 1n << 63n, ROOT_HALF = 0x3fe6a09e667f3bcdn, FRACTION = (1n << 52n) - 1n;

// -k·2^52 and a rest from 0, where x = m·2^k with m from √½ to √2.
function binade(on: Lanes, x: Value): Value {
  return on.word("sub", on.whole(ROOT_HALF + FRACTION), on.bits(x));
}

/** Functions of f64 by words of 64 bits, as which approximations have them. */
export const doubles: Readonly<Record<string, Template>> = {
  __lowerPower: (on, [t]) => on.ofBits(shifted(on, "shl", shifted(on, "shr_u", on.bits(t), 1), 52)),
  __upperPower: (on, [t]) => {
    const bits = on.keep(on.bits(t));
    return on.ofBits(shifted(on, "shl", on.word("sub", bits, shifted(on, "shr_u", bits, 1)), 52));
  },
  __negatedIfSecond: (on, [x, t]) => {
    const second = shifted(on, "shl", on.word("and", on.bits(t), on.whole(2)), 62);
    return on.ofBits(on.word("xor", on.bits(x), second));
  },
  // Made positive before it is shifted, since no instruction shifts such words with their sign.
  __negatedBinade: (on, [x]) => {
    const positive = on.word("xor", binade(on, x), on.whole(HIGHEST));
    const counted = on.word("or", shifted(on, "shr_u", positive, 52), on.bits(on.number(2 ** 52)));
    return on.is("sub", on.ofBits(counted), on.number(2 ** 52 + 2 ** 11));
  },
  __nearOne: (on, [x]) => {
    const value = on.keep(x);
    return on.ofBits(on.word("add", on.bits(value), on.word("and", binade(on, value), on.whole(~FRACTION))));
  },
};

/** Tests of f64 by words of 64 bits. */
export const doubleTests: Readonly<Record<string, Template>> = {
  __isOdd: (on, [t]) => on.word("ne", on.word("and", on.bits(t), on.whole(1)), on.whole(0)),
};

// What propagates NaN and orders zeros takes seven instructions; where one is a constant, one that compares is enough,
// which gives the first of equal numbers; adding 0 makes a 0 of -0.
function extremum(on: Lanes, name: "max" | "min", a: Value, b: Value, p?: number, q?: number): Value {
  if (on.count === 1) return on.is(name, a, b);
  if (p !== undefined) return extremum(on, name, b, a, q, p);
  if (q === undefined || q !== q || (name === "min" && Object.is(q, -0))) return on.is(name, a, b);
  const chosen = on.is(`p${name}`, a, b);
  return q === 0 && name === "max" ? on.is("add", chosen, b) : chosen;
}

/** A shift of all lanes of bits by as many. */
export function shifted(on: Lanes, name: "shl" | "shr_u" | "shr_s", x: Value, by: number): Value {
  return on.word(name, x, on.form === "f64" ? on.whole(by) : i32(by));
}

// The bits of the exponent of a normal number, as a float: behind those of 2^(fraction bits) they count units.
function biased(on: Lanes, size: Value): Value {
  const bits = shifted(on, "shr_u", on.bits(size), on.fractionBits);
  const unit = on.number(2 ** on.fractionBits);
  return on.is("sub", on.ofBits(on.word("or", bits, on.bits(unit))), unit);
}

function exponentOf(on: Lanes, x: Value): Value {
  const least = on.lane === "f32" ? 2 ** -126 : 2 ** -1022, bias = on.lane === "f32" ? 127 : 1023;
  const size = on.keep(on.is("abs", x)), isSmall = on.keep(on.is("lt", size, on.number(least)));
  const up = on.keep(on.choose(isSmall, on.number(on.fractionBits + 1), on.number(0)));
  const normal = on.choose(isSmall, on.is("mul", size, on.number(2 ** (on.fractionBits + 1))), size);
  const e = on.is("sub", on.is("sub", biased(on, normal), on.number(bias)), up);
  const finite = on.choose(on.is("lt", size, on.number(Infinity)), e, size);
  return on.choose(on.is("eq", size, on.number(0)), on.number(-Infinity), finite);
}

// 2^n of a whole n for which that is normal, by the bits of a sum that has n + bias in its last ones.
function powerOf(on: Lanes, n: Value): Value {
  const bias = on.lane === "f32" ? 127 : 1023;
  const sum = on.is("add", n, on.number(1.5 * 2 ** on.fractionBits + bias));
  return on.ofBits(shifted(on, "shl", on.bits(sum), on.fractionBits));
}

function bounded(on: Lanes, n: Value, low: number, high: number): Value {
  return extremum(
    on,
    "min",
    extremum(on, "max", n, on.number(low), undefined, low),
    on.number(high),
    undefined,
    high,
  );
}

// In three factors, the largest step down last: only that rounds, or all before it have made 0 of x.
function scaleByPower(on: Lanes, x: Value, n: Value): Value {
  const low = on.lane === "f32" ? -126 : -1022, high = 1 - low;
  const asked = on.keep(n), whole = on.keep(on.is("trunc", bounded(on, asked, 3 * low, 3 * high)));
  const first = on.keep(bounded(on, whole, low, high)), left = on.keep(on.is("sub", whole, first));
  const second = on.keep(bounded(on, left, low, high)), third = on.is("sub", left, second);
  const times = (a: Value, b: Value) => on.is("mul", a, b);
  const scaled = times(times(times(x, powerOf(on, third)), powerOf(on, second)), powerOf(on, first));
  return on.choose(isNaNOf(on, asked), asked, scaled);
}

function nextAfter(on: Lanes, from: Value, to: Value): Value {
  const x = on.keep(from), y = on.keep(to), zero = on.number(0);
  const bits = on.bits(x), grows = on.combine("xor", on.is("gt", y, x), on.is("gt", x, zero));
  // A mask of ones is -1.
  const step = on.count > 1
    ? on.word("or", grows, on.whole(1))
    : select(grows as Value<"i32">, on.whole(-1), on.whole(1));
  const least = on.ofBits(on.whole(1));
  const next = on.choose(on.is("eq", x, zero), withSign(on, least, y), on.ofBits(on.word("add", bits, step)));
  const other = on.choose(on.is("eq", x, y), y, next);
  const sum = on.is("add", x, y);
  return on.choose(on.combine("or", isNaNOf(on, x), isNaNOf(on, y)), sum, other);
}
