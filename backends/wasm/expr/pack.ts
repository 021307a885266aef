/** Elements that are computed together, and conversions between dtypes. */
import type { DType } from "@tapegrad/core/backend";
import { shuffle, type Value } from "../assembler/values.ts";
import { halved } from "./half.ts";
import { type Code, type Form, instruction, type Lanes } from "./lanes.ts";

/**
 * Consecutive elements: four to a vector, in f64 two, or one number in code without vectors. Truth values are masks, 0
 * or 1 without vectors. A pack of f16 holds numbers of f32 that f16 can hold.
 */
export interface Pack {
  /** What they are. */
  readonly dtype: DType;
  /** The vectors, or the number. */
  readonly parts: readonly Value[];
  /** Masks as wide as f64, where they come from there: two to each of `parts`. */
  readonly wide?: readonly Value[];
}

/** How elements of a dtype are computed. */
export function lanesOf(code: Code, dtype: DType): Lanes {
  return code.lanes(formOf(dtype, code.isVector));
}

function formOf(dtype: DType, isVector: boolean): Form {
  if (dtype === "f64") return isVector ? "f64x2" : "f64";
  const lane = dtype === "f32" || dtype === "f16" ? "f32" : "i32";
  return isVector ? `${lane}x4` : lane;
}

/** How many parts a pack of so many elements has. */
export function partsOf(code: Code, dtype: DType, elements: number): number {
  return elements / lanesOf(code, dtype).count;
}

/** A number in every element; of f16 it is rounded to that. */
export function constantPack(code: Code, value: number, dtype: DType, elements: number): Pack {
  const on = lanesOf(code, dtype);
  const part = dtype !== "bool"
    ? on.number(dtype === "u32" ? value >>> 0 : value)
    : value !== 0
    ? on.every()
    : on.none();
  return { dtype, parts: new Array(partsOf(code, dtype, elements)).fill(part) };
}

/** Masks of truth values as wide as elements of a dtype. */
export function masksFor(code: Code, mask: Pack, dtype: DType): readonly Value[] {
  if (dtype !== "f64" || !code.isVector) return mask.parts;
  return mask.wide ?? mask.parts.flatMap((x) => {
    const narrow = code.keep(x);
    return ["low", "high"].map((half) => instruction(`i64x2.extend_${half}_i32x4_s`, narrow));
  });
}

/** Truth values by masks as wide as elements of a dtype. */
export function maskPack(code: Code, masks: readonly Value[], dtype: DType): Pack {
  if (dtype !== "f64" || !code.isVector) return { dtype: "bool", parts: masks };
  return { dtype: "bool", parts: joined(masks, EVEN), wide: masks };
}

/** The pack with every part kept, so that it may be read more than once. */
export function keptPack(code: Code, { dtype, parts, wide }: Pack): Pack {
  if (wide) return maskPack(code, wide.map((x) => code.keep(x)), "f64");
  return { dtype, parts: parts.map((x) => code.keep(x)) };
}

/** The elements in another dtype, as `castNumber` has them: integers wrap, NaN is 0, and all but 0 is true. */
export function converted(code: Code, pack: Pack, to: DType): Pack {
  const { dtype: from, parts } = pack;
  if (from === to) return pack;
  const on = lanesOf(code, from);
  if (to === "bool") return maskPack(code, parts.map((x) => on.is("ne", x, on.number(0))), from);
  if (from === "bool") return { dtype: to, parts: ofMasks(code, pack, to) };
  if (to === "f16") return halfPack(code, pack);
  if (to === "f32" || to === "f64") return { dtype: to, parts: toFloats(code, pack, to) };
  if (on.lane === "i32") return { dtype: to, parts };
  const words = parts.map((x) => wordOf(on, x));
  return { dtype: to, parts: on.form === "f64x2" ? joined(words, LOW) : words };
}

function ofMasks(code: Code, mask: Pack, to: DType): Value[] {
  const on = lanesOf(code, to);
  return masksFor(code, mask, to).map((x) => {
    if (on.count > 1) return on.word("and", x, on.number(1));
    return on.lane === "i32" ? x : instruction(`${on.lane}.convert_i32_s`, x);
  });
}

function halfPack(code: Code, pack: Pack): Pack {
  const { parts } = pack.dtype === "f64" ? pack : converted(code, pack, "f32");
  const on = lanesOf(code, pack.dtype === "f64" ? "f64" : "f32");
  const rounded = {
    dtype: pack.dtype === "f64" ? "f64" : "f32",
    parts: parts.map((x) => halved(on, x)),
  } as const;
  return { dtype: "f16", parts: converted(code, rounded, "f32").parts };
}

function toFloats(code: Code, { dtype: from, parts }: Pack, to: "f32" | "f64"): readonly Value[] {
  const on = lanesOf(code, from), sign = from === "u32" ? "u" : "s";
  if (on.lane === to) return parts;
  if (on.count === 1) {
    if (on.lane === "i32") return parts.map((x) => instruction(`${to}.convert_i32_${sign}`, x));
    return parts.map((x) => instruction(to === "f64" ? "f64.promote_f32" : "f32.demote_f64", x));
  }
  if (to === "f32") {
    if (from === "f64") return joined(parts.map((x) => instruction("f32x4.demote_f64x2_zero", x)), LOW);
    return parts.map((x) => instruction(`f32x4.convert_i32x4_${sign}`, x));
  }
  const name = on.lane === "f32" ? "f64x2.promote_low_f32x4" : `f64x2.convert_low_i32x4_${sign}`;
  return parts.flatMap((x) => halvesOf(code, x).map((half) => instruction(name, half)));
}

type Vector = Value<"v128">;

// Four bytes a number: of two vectors of two, of which the second is counted from 4 on.
const LOW = [0, 1, 4, 5], EVEN = [0, 2, 4, 6], HIGH = [2, 3, 2, 3];

function words(a: Value, b: Value, numbers: readonly number[]): Value {
  return shuffle(a as Vector, b as Vector, numbers.flatMap((n) => [0, 1, 2, 3].map((byte) => 4 * n + byte)));
}

// One vector of four of each two vectors of two.
function joined(parts: readonly Value[], numbers: readonly number[]): Value[] {
  return Array.from({ length: parts.length / 2 }, (_, i) => words(parts[2 * i], parts[2 * i + 1], numbers));
}

// The first and the last two of four in the first places.
function halvesOf(code: Code, part: Value): readonly Value[] {
  const x = code.keep(part);
  return [x, words(x, x, HIGH)];
}

// Floats cut off to whole numbers, in words that wrap at 32 bits; of vectors of two in the first places.
function wordOf(on: Lanes, x: Value): Value {
  const whole = on.keep(on.is("trunc", x)), turn = 2 ** 32;
  const turns = on.is("mul", on.is("trunc", on.is("mul", whole, on.number(1 / turn))), on.number(turn));
  const rest = on.keep(on.is("sub", whole, turns)), isNegative = on.is("lt", rest, on.number(0));
  if (on.lane === "f64") {
    const positive = on.choose(isNegative, on.is("add", rest, on.number(turn)), rest);
    return instruction(on.count > 1 ? "i32x4.trunc_sat_f64x2_u_zero" : "i32.trunc_sat_f64_u", positive);
  }
  const name = on.count > 1 ? "i32x4.trunc_sat_f32x4_u" : "i32.trunc_sat_f32_u";
  const size = on.keep(instruction(name, on.is("abs", rest)));
  const negative = on.word("sub", on.whole(0), size);
  return on.choose(isNegative, negative, size);
}
