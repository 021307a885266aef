/**
 * Instructions by their names in the specification of WebAssembly
 * (https://webassembly.github.io/spec/core/appendix/index-instructions.html), those of relaxed SIMD among them.
 */
import type { ValueType } from "./types.ts";

/** What the numbers of instructions behind the prefix 0xfc are counted from. */
const WIDE = 0xfc_0000;
/** What the numbers of vector instructions are counted from. */
const VECTOR = 0xfd_0000;

/** An instruction: what it takes from the stack, what it leaves there, and its number. */
export interface Instruction<P extends readonly ValueType[], R extends ValueType> {
  /** The types of its operands. */
  readonly takes: P;
  /** The type of its result. */
  readonly gives: R;
  /** Its opcode; of one behind a prefix, the prefix times 2¹⁶ and its number there. */
  readonly code: number;
}

type Words<S extends string> = S extends `${infer A} ${infer B}` ? A | Words<B> : S;
type Names<P extends string, S extends string> = `${P}.${Exclude<Words<S>, "_">}`;

/** Numbers by names, which are counted from `first` on; an underscore leaves one out. */
function numbered<P extends string, S extends string>(
  prefix: P,
  first: number,
  names: S,
): Readonly<Record<Names<P, S>, number>> {
  const numbers: Record<string, number> = {};
  names.split(" ").forEach((name, i) => {
    if (name !== "_") numbers[`${prefix}.${name}`] = first + i;
  });
  return numbers as Record<Names<P, S>, number>;
}

/** Instructions of one signature. */
function all<const P extends readonly ValueType[], R extends ValueType, N extends string>(
  takes: P,
  gives: R,
  numbers: Readonly<Record<N, number>>,
): Readonly<Record<N, Instruction<P, R>>> {
  const made: Record<string, Instruction<P, R>> = {};
  for (const [name, code] of Object.entries<number>(numbers)) made[name] = { takes, gives, code };
  return made as Record<N, Instruction<P, R>>;
}

const scalar = {
  ...all(["i32"], "i32", {
    ...numbered("i32", 0x45, "eqz"),
    ...numbered("i32", 0x67, "clz ctz popcnt"),
    ...numbered("i32", 0xc0, "extend8_s extend16_s"),
  }),
  ...all(["i32", "i32"], "i32", {
    ...numbered("i32", 0x46, "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"),
    ...numbered(
      "i32",
      0x6a,
      "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr",
    ),
  }),
  ...all(["i64"], "i32", { ...numbered("i64", 0x50, "eqz"), ...numbered("i32", 0xa7, "wrap_i64") }),
  ...all(["i64", "i64"], "i32", numbered("i64", 0x51, "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u")),
  ...all(["i64"], "i64", {
    ...numbered("i64", 0x79, "clz ctz popcnt"),
    ...numbered("i64", 0xc2, "extend8_s extend16_s extend32_s"),
  }),
  ...all(
    ["i64", "i64"],
    "i64",
    numbered("i64", 0x7c, "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"),
  ),
  ...all(["f32", "f32"], "i32", numbered("f32", 0x5b, "eq ne lt gt le ge")),
  ...all(["f64", "f64"], "i32", numbered("f64", 0x61, "eq ne lt gt le ge")),
  ...all(["f32"], "f32", numbered("f32", 0x8b, "abs neg ceil floor trunc nearest sqrt")),
  ...all(["f32", "f32"], "f32", numbered("f32", 0x92, "add sub mul div min max copysign")),
  ...all(["f64"], "f64", numbered("f64", 0x99, "abs neg ceil floor trunc nearest sqrt")),
  ...all(["f64", "f64"], "f64", numbered("f64", 0xa0, "add sub mul div min max copysign")),
};

const conversions = {
  ...all(["f32"], "i32", {
    ...numbered("i32", 0xa8, "trunc_f32_s trunc_f32_u"),
    ...numbered("i32", 0xbc, "reinterpret_f32"),
    ...numbered("i32", WIDE, "trunc_sat_f32_s trunc_sat_f32_u"),
  }),
  ...all(["f64"], "i32", {
    ...numbered("i32", 0xaa, "trunc_f64_s trunc_f64_u"),
    ...numbered("i32", WIDE + 2, "trunc_sat_f64_s trunc_sat_f64_u"),
  }),
  ...all(["i32"], "i64", numbered("i64", 0xac, "extend_i32_s extend_i32_u")),
  ...all(["f32"], "i64", {
    ...numbered("i64", 0xae, "trunc_f32_s trunc_f32_u"),
    ...numbered("i64", WIDE + 4, "trunc_sat_f32_s trunc_sat_f32_u"),
  }),
  ...all(["f64"], "i64", {
    ...numbered("i64", 0xb0, "trunc_f64_s trunc_f64_u"),
    ...numbered("i64", 0xbd, "reinterpret_f64"),
    ...numbered("i64", WIDE + 6, "trunc_sat_f64_s trunc_sat_f64_u"),
  }),
  ...all(["i32"], "f32", {
    ...numbered("f32", 0xb2, "convert_i32_s convert_i32_u"),
    ...numbered("f32", 0xbe, "reinterpret_i32"),
  }),
  ...all(["i64"], "f32", numbered("f32", 0xb4, "convert_i64_s convert_i64_u")),
  ...all(["f64"], "f32", numbered("f32", 0xb6, "demote_f64")),
  ...all(["i32"], "f64", numbered("f64", 0xb7, "convert_i32_s convert_i32_u")),
  ...all(["i64"], "f64", {
    ...numbered("f64", 0xb9, "convert_i64_s convert_i64_u"),
    ...numbered("f64", 0xbf, "reinterpret_i64"),
  }),
  ...all(["f32"], "f64", numbered("f64", 0xbb, "promote_f32")),
};

const COMPARE_INTEGERS = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u",
  COMPARE_FLOATS = "eq ne lt gt le ge";
const FLOATS = "add sub mul div min max pmin pmax";

const vectorOfOne = {
  ...all(["i32"], "v128", {
    ...numbered("i8x16", VECTOR + 15, "splat"),
    ...numbered("i16x8", VECTOR + 16, "splat"),
    ...numbered("i32x4", VECTOR + 17, "splat"),
  }),
  ...all(["i64"], "v128", numbered("i64x2", VECTOR + 18, "splat")),
  ...all(["f32"], "v128", numbered("f32x4", VECTOR + 19, "splat")),
  ...all(["f64"], "v128", numbered("f64x2", VECTOR + 20, "splat")),
  ...all(["v128"], "i32", {
    ...numbered("v128", VECTOR + 83, "any_true"),
    ...numbered("i8x16", VECTOR + 99, "all_true bitmask"),
    ...numbered("i16x8", VECTOR + 131, "all_true bitmask"),
    ...numbered("i32x4", VECTOR + 163, "all_true bitmask"),
    ...numbered("i64x2", VECTOR + 195, "all_true bitmask"),
  }),
  ...all(["v128"], "v128", {
    ...numbered("v128", VECTOR + 77, "not"),
    ...numbered("f32x4", VECTOR + 94, "demote_f64x2_zero"),
    ...numbered("f64x2", VECTOR + 95, "promote_low_f32x4"),
    ...numbered("i8x16", VECTOR + 96, "abs neg popcnt"),
    ...numbered("f32x4", VECTOR + 103, "ceil floor trunc nearest"),
    ...numbered("f64x2", VECTOR + 116, "ceil floor _ _ _ _ trunc"),
    ...numbered("i16x8", VECTOR + 124, "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"),
    ...numbered("i32x4", VECTOR + 126, "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"),
    ...numbered("i16x8", VECTOR + 128, "abs neg"),
    ...numbered(
      "i16x8",
      VECTOR + 135,
      "extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u",
    ),
    ...numbered("f64x2", VECTOR + 148, "nearest"),
    ...numbered("i32x4", VECTOR + 160, "abs neg"),
    ...numbered(
      "i32x4",
      VECTOR + 167,
      "extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u",
    ),
    ...numbered("i64x2", VECTOR + 192, "abs neg"),
    ...numbered(
      "i64x2",
      VECTOR + 199,
      "extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u",
    ),
    ...numbered("f32x4", VECTOR + 224, "abs neg _ sqrt"),
    ...numbered("f64x2", VECTOR + 236, "abs neg _ sqrt"),
    ...numbered("i32x4", VECTOR + 248, "trunc_sat_f32x4_s trunc_sat_f32x4_u"),
    ...numbered("f32x4", VECTOR + 250, "convert_i32x4_s convert_i32x4_u"),
    ...numbered("i32x4", VECTOR + 252, "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"),
    ...numbered("f64x2", VECTOR + 254, "convert_low_i32x4_s convert_low_i32x4_u"),
    ...numbered(
      "i32x4",
      VECTOR + 0x101,
      "relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u relaxed_trunc_f64x2_s_zero relaxed_trunc_f64x2_u_zero",
    ),
  }),
};

const vectorOfSeveral = {
  ...all(["v128", "i32"], "v128", {
    ...numbered("i8x16", VECTOR + 107, "shl shr_s shr_u"),
    ...numbered("i16x8", VECTOR + 139, "shl shr_s shr_u"),
    ...numbered("i32x4", VECTOR + 171, "shl shr_s shr_u"),
    ...numbered("i64x2", VECTOR + 203, "shl shr_s shr_u"),
  }),
  ...all(["v128", "v128"], "v128", {
    ...numbered("i8x16", VECTOR + 14, "swizzle"),
    ...numbered("i8x16", VECTOR + 35, COMPARE_INTEGERS),
    ...numbered("i16x8", VECTOR + 45, COMPARE_INTEGERS),
    ...numbered("i32x4", VECTOR + 55, COMPARE_INTEGERS),
    ...numbered("f32x4", VECTOR + 65, COMPARE_FLOATS),
    ...numbered("f64x2", VECTOR + 71, COMPARE_FLOATS),
    ...numbered("v128", VECTOR + 78, "and andnot or xor"),
    ...numbered("i8x16", VECTOR + 101, "narrow_i16x8_s narrow_i16x8_u"),
    ...numbered("i8x16", VECTOR + 110, "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
    ...numbered("i8x16", VECTOR + 118, "min_s min_u max_s max_u _ avgr_u"),
    ...numbered("i16x8", VECTOR + 133, "narrow_i32x4_s narrow_i32x4_u"),
    ...numbered("i16x8", VECTOR + 142, "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u _ mul"),
    ...numbered("i16x8", VECTOR + 150, "min_s min_u max_s max_u _ avgr_u"),
    ...numbered("i32x4", VECTOR + 174, "add _ _ sub _ _ _ mul min_s min_u max_s max_u dot_i16x8_s"),
    ...numbered("i64x2", VECTOR + 206, "add _ _ sub _ _ _ mul eq ne lt_s gt_s le_s ge_s"),
    ...numbered(
      "i64x2",
      VECTOR + 220,
      "extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u",
    ),
    ...numbered("f32x4", VECTOR + 228, FLOATS),
    ...numbered("f64x2", VECTOR + 240, FLOATS),
    ...numbered("i8x16", VECTOR + 0x100, "relaxed_swizzle"),
    ...numbered("f32x4", VECTOR + 0x10d, "relaxed_min relaxed_max"),
    ...numbered("f64x2", VECTOR + 0x10f, "relaxed_min relaxed_max"),
  }),
  ...all(["v128", "v128", "v128"], "v128", {
    ...numbered("v128", VECTOR + 82, "bitselect"),
    ...numbered("f32x4", VECTOR + 0x105, "relaxed_madd relaxed_nmadd"),
    ...numbered("f64x2", VECTOR + 0x107, "relaxed_madd relaxed_nmadd"),
    ...numbered("i8x16", VECTOR + 0x109, "relaxed_laneselect"),
    ...numbered("i16x8", VECTOR + 0x10a, "relaxed_laneselect"),
    ...numbered("i32x4", VECTOR + 0x10b, "relaxed_laneselect"),
    ...numbered("i64x2", VECTOR + 0x10c, "relaxed_laneselect"),
  }),
};

/** Instructions that need nothing but operands. */
export const instructions = { ...scalar, ...conversions, ...vectorOfOne, ...vectorOfSeveral };

/** Instructions that take a value from a lane, with the lane's number behind them. */
export const extractions = {
  ...all(["v128"], "i32", {
    ...numbered("i8x16", VECTOR + 21, "extract_lane_s extract_lane_u"),
    ...numbered("i16x8", VECTOR + 24, "extract_lane_s extract_lane_u"),
    ...numbered("i32x4", VECTOR + 27, "extract_lane"),
  }),
  ...all(["v128"], "i64", numbered("i64x2", VECTOR + 29, "extract_lane")),
  ...all(["v128"], "f32", numbered("f32x4", VECTOR + 31, "extract_lane")),
  ...all(["v128"], "f64", numbered("f64x2", VECTOR + 33, "extract_lane")),
};

/** Instructions that put a value into a lane, with the lane's number behind them. */
export const replacements = {
  ...all(["v128", "i32"], "v128", {
    ...numbered("i8x16", VECTOR + 23, "replace_lane"),
    ...numbered("i16x8", VECTOR + 26, "replace_lane"),
    ...numbered("i32x4", VECTOR + 28, "replace_lane"),
  }),
  ...all(["v128", "i64"], "v128", numbered("i64x2", VECTOR + 30, "replace_lane")),
  ...all(["v128", "f32"], "v128", numbered("f32x4", VECTOR + 32, "replace_lane")),
  ...all(["v128", "f64"], "v128", numbered("f64x2", VECTOR + 34, "replace_lane")),
};

/** Instructions that load from an address. */
export const loads = {
  ...all(["i32"], "i32", {
    ...numbered("i32", 0x28, "load"),
    ...numbered("i32", 0x2c, "load8_s load8_u load16_s load16_u"),
  }),
  ...all(["i32"], "i64", numbered("i64", 0x29, "load")),
  ...all(["i32"], "f32", numbered("f32", 0x2a, "load")),
  ...all(["i32"], "f64", numbered("f64", 0x2b, "load")),
  ...all(["i32"], "v128", {
    ...numbered(
      "v128",
      VECTOR,
      "load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u load8_splat load16_splat load32_splat load64_splat",
    ),
    ...numbered("v128", VECTOR + 92, "load32_zero load64_zero"),
  }),
};

/** Instructions that load one lane of a vector, with the lane's number behind them. */
export const laneLoads = all(
  ["i32", "v128"],
  "v128",
  numbered("v128", VECTOR + 84, "load8_lane load16_lane load32_lane load64_lane"),
);

/** Instructions that store: what they take behind the address. */
export const stores = {
  ...all(["i32"], "i32", { ...numbered("i32", 0x36, "store"), ...numbered("i32", 0x3a, "store8 store16") }),
  ...all(["i64"], "i64", numbered("i64", 0x37, "store")),
  ...all(["f32"], "f32", numbered("f32", 0x38, "store")),
  ...all(["f64"], "f64", numbered("f64", 0x39, "store")),
  ...all(["v128"], "v128", numbered("v128", VECTOR + 11, "store")),
};

/** Instructions that store one lane of a vector, with the lane's number behind them. */
export const laneStores = all(
  ["v128"],
  "v128",
  numbered("v128", VECTOR + 88, "store8_lane store16_lane store32_lane store64_lane"),
);

/** Instructions on runs of bytes, with zeros behind them. */
export const runs = { copy: WIDE + 10, fill: WIDE + 11 };

/** Vector instructions that carry sixteen bytes behind them. */
export const sixteen = { constant: VECTOR + 12, shuffle: VECTOR + 13 };
