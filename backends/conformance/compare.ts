/** Distances between numbers in units of the last place. */
import { type DType, hostArray } from "@tapegrad/core";
import type { Allowance } from "./budgets.ts";
import type { Special } from "./types.ts";

/** How floats of a dtype are spaced. */
export interface Format {
  /** Bits of the mantissa that are stored. */
  readonly bits: number;
  /** The exponents of the smallest normal number and of the largest. */
  readonly exponents: readonly [least: number, greatest: number];
}

const formats: Readonly<Partial<Record<DType, Format>>> = {
  f16: { bits: 10, exponents: [-14, 15] },
  f32: { bits: 23, exponents: [-126, 127] },
  f64: { bits: 52, exponents: [-1022, 1023] },
};

/** The format of a floating dtype, nothing for others. */
export function formatOf(dtype: DType): Format | undefined {
  return formats[dtype];
}

/** The distance between neighbouring numbers of a format at a size. */
function spacing(size: number, { bits, exponents: [least] }: Format): number {
  // log2 may round up to the next whole number.
  const near = Math.floor(Math.log2(size)), exponent = 2 ** near > size ? near - 1 : near;
  return 2 ** (Math.max(exponent, least) - bits);
}

/** A number as a dtype holds it. */
export function rounded(x: number, dtype: DType): number {
  const one = hostArray(dtype, 1);
  one[0] = x;
  return one[0];
}

/** Whether a number is smaller than the smallest normal one of a format, and not 0. */
export function isSubnormal(x: number, { exponents: [least] }: Format): boolean {
  return x !== 0 && Math.abs(x) < 2 ** least;
}

/** Whether a number is one of those that some devices do not keep. */
export function specialOf(x: number, format: Format): Special | undefined {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return "infinity";
  if (Object.is(x, -0)) return "negative zero";
  return isSubnormal(x, format) ? "subnormal" : undefined;
}

/** How two numbers are compared. */
export interface Terms extends Allowance {
  /** The dtype that the actual one was stored in. */
  readonly dtype: DType;
  /** The special values that are asked for. */
  readonly keeps: ReadonlySet<Special>;
  /** Whether the sign of a zero counts. */
  readonly zeroSign: boolean;
}

/** How far a number is from the expected one, which is in double precision; in ULP, `Infinity` if it is another kind. */
export function distance(actual: number, expected: number, terms: Terms): number {
  if (Object.is(actual, expected)) return 0;
  const format = formatOf(terms.dtype);
  if (!format) return actual === expected ? 0 : Infinity;
  if (actual === 0 && expected === 0) return zeroMatters(terms) ? Infinity : 0;
  if (Number.isNaN(expected)) return terms.keeps.has("nan") ? Infinity : 0;
  if (!Number.isFinite(expected)) return terms.keeps.has("infinity") ? Infinity : 0;
  if (Number.isNaN(actual)) return Infinity;
  if (actual === 0 && !terms.keeps.has("subnormal") && mayFlush(expected, format)) return 0;
  return finiteDistance(actual, expected, format, terms);
}

function zeroMatters({ zeroSign, floor, keeps }: Terms): boolean {
  return zeroSign && floor === 0 && keeps.has("negative zero");
}

// A result that is rounded up to the smallest normal number may have been flushed before it was.
function mayFlush(expected: number, { bits, exponents: [least] }: Format): boolean {
  return Math.abs(expected) < 2 ** least * (1 + 2 ** (4 - bits));
}

// What overflows is taken as the first power of 2 that does not fit, so that a result just below it may round there.
function finiteDistance(actual: number, expected: number, format: Format, { floor, keeps }: Terms): number {
  const { bits, exponents: [, greatest] } = format, half = 2 ** greatest;
  const unit = Math.min(spacing(Math.max(Math.abs(expected), floor), format), 2 ** (greatest - bits));
  const overflows = (x: number) => Math.abs(x) / 2 >= half;
  if (!overflows(actual) && !overflows(expected)) return Math.abs(actual - expected) / unit;
  if (overflows(expected) && !keeps.has("infinity")) return 0;
  const halved = (x: number) => Math.max(-half, Math.min(half, x / 2));
  return Math.abs(halved(actual) - halved(expected)) / unit * 2;
}

/** A number as text that tells -0 from 0. */
export function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
