import type { Backend } from "@tapegrad/core";

/** The dtypes whose values are compared in units of the last place. */
export type Column = "f64" | "f32";

/** A number as text that tells -0 from 0. */
export function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}

const formats = { f64: { least: -1022, bits: 52 }, f32: { least: -126, bits: 23 } };

/** The distance between neighbouring numbers of a dtype at x. */
export function spacing(x: number, dtype: Column): number {
  const { least, bits } = formats[dtype];
  // log2 may round up to the next whole number.
  const near = Math.floor(Math.log2(Math.abs(x))), exponent = 2 ** near > Math.abs(x) ? near - 1 : near;
  return 2 ** (Math.max(exponent, least) - bits);
}

/**
 * How far apart two numbers are in units of the last place of the expected one, or of `size` if that is larger.
 * NaN is 0 away from NaN, an infinity from itself, and 0 infinitely far from -0 where `size` is 0.
 */
export function ulps(actual: number, expected: number, dtype: Column, size = 0): number {
  if (Object.is(actual, expected)) return 0;
  if (actual === 0 && expected === 0 && size === 0) return Infinity;
  const apart = Math.abs(actual - expected) / spacing(Math.max(Math.abs(expected), size), dtype);
  return Number.isNaN(apart) ? Infinity : apart;
}

/** Largest difference in units of the last place, and the size below which these do not shrink. */
export interface Tolerance {
  readonly units: number;
  readonly size: number;
}

/**
 * The tolerance of a backend. Without `ieee` denormals may be 0, which is what an error of `size` comes to, and
 * with them the sign of 0; and functions are computed in the dtype itself, so that errors add up. On wasm
 * they are too, where the cpu has them to double precision.
 */
export function granted(backend: Backend, { units, size }: Tolerance): Tolerance {
  if (backend.name === "wasm") return { units: 8 * Math.max(units, 1), size };
  return backend.ieee ? { units, size } : { units: 8 * Math.max(units, 1), size: Math.max(size, 2 ** -106) };
}

/** Whether a number is within a tolerance of another. */
export function isNear(actual: number, expected: number, dtype: Column, { units, size }: Tolerance): boolean {
  return ulps(actual, expected, dtype, size) <= units;
}
