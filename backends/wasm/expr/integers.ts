/** Functions of integers of 32 bits as instructions. */
import { i32, select, type Value } from "../assembler/values.ts";
import { byLane, type Lanes, plain, type Template } from "./lanes.ts";

type Table = Readonly<Record<string, Template>>;

const same: Template = (_, [x]) => x;

/** The functions that are the same with a sign and without. */
const common: Table = {
  add: plain("add"),
  sub: plain("sub"),
  mul: plain("mul"),
  mulOrZero: plain("mul"),
  mulAdd: (on, [a, b, c]) => on.is("add", on.is("mul", a, b), c),
  fma: (on, [a, b, c]) => on.is("add", on.is("mul", a, b), c),
  neg: (on, [x]) => on.count > 1 ? on.is("neg", x) : on.is("sub", on.whole(0), x),
  floor: same,
  ceil: same,
  trunc: same,
  round: same,
  bitAnd: (on, args) => on.word("and", ...args),
  bitOr: (on, args) => on.word("or", ...args),
  bitXor: (on, args) => on.word("xor", ...args),
  shiftLeft: shift("shl"),
  shiftRightLogical: shift("shr_u"),
};

// Vectors are shifted by one count in all lanes.
function shift(name: "shl" | "shr_s" | "shr_u"): Template {
  return (on, [x, by], [, count]) => {
    if (on.count === 1) return on.is(name, x, by);
    return count === undefined ? laneByLane(on, shift(name), [x, by]) : on.is(name, x, i32(count & 31));
  };
}

function laneByLane(on: Lanes, template: Template, args: readonly Value[]): Value {
  return byLane(on, args, (one, lanes) => template(one, lanes, []));
}

/** What is there for numbers one by one alone. */
function single(template: Template): Template {
  return (on, args) => on.count === 1 ? template(on, args, []) : laneByLane(on, template, args);
}

/** Division that gives 0 by 0: what is divided by instead is 1. */
function nonZero(on: Lanes, b: Value): Value {
  return on.word("or", b, on.is("eqz", b));
}

function extrema(sign: "s" | "u"): Table {
  const max: Template = (on, [a, b]) => extremum(on, `max_${sign}`, `gt_${sign}`, a, b);
  const min: Template = (on, [a, b]) => extremum(on, `min_${sign}`, `lt_${sign}`, a, b);
  return {
    maximum: max,
    minimum: min,
    fmax: max,
    fmin: min,
    clamp: (on, [x, low, high]) => min(on, [max(on, [x, low], []), high], []),
  };
}

function extremum(on: Lanes, name: string, wins: string, a: Value, b: Value): Value {
  if (on.count > 1) return on.is(name, a, b);
  const x = on.keep(a), y = on.keep(b);
  return on.choose(on.is(wins, x, y), x, y);
}

const signed: Table = {
  ...common,
  ...extrema("s"),
  abs: (on, [x]) => {
    if (on.count > 1) return on.is("abs", x);
    const value = on.keep(x);
    return on.choose(on.is("lt_s", value, on.whole(0)), on.is("sub", on.whole(0), value), value);
  },
  sign: (on, [x]) => {
    const value = on.keep(x), negative = on.is("shr_s", value, i32(31));
    return on.word("or", negative, on.is("shr_u", on.is("sub", on.whole(0), value), i32(31)));
  },
  shiftRight: shift("shr_s"),
  fmod: single((on, [a, b]) => on.is("rem_s", a, nonZero(on, on.keep(b)))),
  remainder: single((on, [a, b]) => {
    const divisor = on.keep(b), rest = on.keep(on.is("rem_s", a, nonZero(on, divisor)));
    return on.is("add", rest, on.choose(isAcross(on, rest, divisor), divisor, on.whole(0)));
  }),
  floorDivide: single((on, [a, b]) => {
    const x = on.keep(a), y = on.keep(b), divisor = on.keep(nonZero(on, y));
    const rest = on.keep(on.is("rem_s", x, divisor));
    // The least number by -1 traps.
    const isMinus = on.keep(on.is("eq", divisor, on.whole(-1)));
    const quotient = on.is("div_s", x, on.choose(isMinus, on.whole(1), divisor));
    const whole = on.choose(isMinus, on.is("sub", on.whole(0), x), quotient);
    return select(y as Value<"i32">, on.is("sub", whole, isAcross(on, rest, divisor)), on.whole(0));
  }),
};

// Whether there is a rest, whose sign is not the divisor's: 1 or 0.
function isAcross(on: Lanes, rest: Value, divisor: Value): Value {
  const differs = on.is("shr_u", on.word("xor", rest, divisor), i32(31));
  return on.word("and", differs, on.is("ne", rest, on.whole(0)));
}

const unsignedRest: Template = single((on, [a, b]) => on.is("rem_u", a, nonZero(on, on.keep(b))));

const unsigned: Table = {
  ...common,
  ...extrema("u"),
  abs: same,
  sign: (on, [x]) => {
    const isSome = on.is("ne", x, on.whole(0));
    return on.count > 1 ? on.is("shr_u", isSome, i32(31)) : isSome;
  },
  shiftRight: shift("shr_u"),
  fmod: unsignedRest,
  remainder: unsignedRest,
  floorDivide: single((on, [a, b]) => {
    const divisor = on.keep(b);
    return select(divisor as Value<"i32">, on.is("div_u", a, nonZero(on, divisor)), on.whole(0));
  }),
};

function tests(sign: "s" | "u"): Table {
  return {
    ...Object.fromEntries(["lt", "le", "gt", "ge"].map((name) => [name, plain(`${name}_${sign}`)])),
    eq: plain("eq"),
    ne: plain("ne"),
    isNaN: (on) => on.none(),
    isFinite: (on) => on.not(on.none()),
  };
}

/** Functions that give integers, of i32 and of u32; truth values are computed as i32. */
export const integers: Readonly<Record<"i32" | "u32", Table>> = { i32: signed, u32: unsigned };

/** Functions that give masks. */
export const integerTests: Readonly<Record<"i32" | "u32", Table>> = { i32: tests("s"), u32: tests("u") };
