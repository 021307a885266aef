/** Numbers that are worth a test. */
import { type DType, isFloating } from "@tapegrad/core";
import { rounded } from "./compare.ts";

type Float = "f16" | "f32" | "f64";

const extremes: Readonly<Record<Float, readonly number[]>> = {
  // The largest, the smallest normal, and subnormal numbers.
  f16: [65504, -65504, 2 ** -14, 6e-6, -6e-6],
  f32: [3.4028234663852886e38, -3.4028234663852886e38, 2 ** -126, 1e-40, -1e-40, 2 ** -149],
  f64: [1.7976931348623157e308, -1.7976931348623157e308, 2 ** -1022, 1e-310, -1e-310, 1e300, 1e-300],
};

const nonFinite = [NaN, Infinity, -Infinity];
// Zeros, ties and kinks, then what lies beside them.
const kinks = [0, -0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2, -2, 2.5, -2.5, 3, -3];
const near = [0.1, -0.1, 0.3, -0.7, 1e-6, -1e-6, 1e-3, 0.99999994, 1.0000001, -0.99999994];
const far = [Math.PI, -Math.PI / 2, 7.25, -7.25, 10, 20, -20, 40, -40, 88.5, -88, 100, -100, 1000.25, -1e4];
const huge = [1e10, -1e10, 1e30, -1e30];

/** Whole numbers whose sums and products wrap. */
const integers: Readonly<Record<"i32" | "u32" | "bool", readonly number[]>> = {
  i32: [0, 1, 2, 3, 5, 7, 31, 100, 65537, 2 ** 31 - 1, -1, -2, -3, -7, -100, -(2 ** 31)],
  u32: [0, 1, 2, 3, 5, 7, 31, 100, 65537, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 7, 2 ** 32 - 1],
  bool: [0, 1],
};

/** The values that functions of one operand are tried at. */
export function manyValues(dtype: DType): readonly number[] {
  if (!isFloating(dtype)) return integers[dtype as keyof typeof integers];
  return inDtype([...kinks, ...near, ...far, ...huge, ...extremes[dtype as Float], ...nonFinite], dtype);
}

/** Fewer, for functions of several operands, which are tried at all combinations. */
export function someValues(dtype: DType): readonly number[] {
  if (!isFloating(dtype)) return integers[dtype as keyof typeof integers];
  const list = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, 0.1, 1e-6, 100, -100, 1e10, -1e30];
  return inDtype([...list, ...extremes[dtype as Float].slice(-1), ...nonFinite], dtype);
}

/** Fewest, for functions of three operands. */
export function fewValues(dtype: DType): readonly number[] {
  if (!isFloating(dtype)) return integers[dtype as keyof typeof integers].filter((x) => Math.abs(x) !== 7);
  return inDtype([0, -0, 1, -1, 0.5, 2.5, -100, ...nonFinite], dtype);
}

/** Whole numbers that floats hold exactly, for functions that make floats of integers. */
export function smallIntegers(dtype: DType): readonly number[] {
  return integers[dtype as keyof typeof integers].filter((x) => Math.abs(x) <= 100);
}

/** Distinct numbers, as a dtype holds them. */
export function inDtype(values: readonly number[], dtype: DType): readonly number[] {
  return values.map((x) => rounded(x, dtype)).filter((x, i, all) =>
    all.findIndex((y) => Object.is(x, y)) === i
  );
}

/** All combinations: the values of each operand in turn. */
export function combinations(operands: readonly (readonly number[])[]): number[][] {
  let rows: number[][] = [[]];
  for (const values of operands) rows = rows.flatMap((row) => values.map((x) => [...row, x]));
  return operands.map((_, i) => rows.map((row) => row[i]));
}

/** Whole numbers from -8 to 8, or from 0 on, in no order: sums of few of them are exact in every dtype. */
export function whole(dtype: DType, seed = 0): (place: number) => number {
  return (place) => {
    const x = ((place + 1) * 7919 + seed * 104729) % 17;
    if (dtype === "bool") return x % 3 === 0 ? 0 : 1;
    return dtype === "u32" ? x : x - 8;
  };
}

/** Numbers around 1 and -1, of which products stay in range, or {@link whole} ones of an integer dtype. */
export function factors(dtype: DType, seed = 0): (place: number) => number {
  if (!isFloating(dtype)) return whole(dtype, seed);
  return (place) => inDtype([1 + Math.sin(place * 1.7 + seed) / 3], dtype)[0] * (place % 3 === 0 ? -1 : 1);
}

/** Numbers from -2 to 2 that round, or {@link whole} ones of an integer dtype. */
export function uneven(dtype: DType, seed = 0): (place: number) => number {
  if (!isFloating(dtype)) return whole(dtype, seed);
  return (place) => rounded(Math.sin(1 + place * 1.7 + seed * 31) * 2, dtype);
}
