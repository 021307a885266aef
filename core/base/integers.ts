/** Which numbers integers of 32 bits can hold. */
import type { DType } from "./dtype.ts";
import { described } from "./text.ts";

type Range = readonly [least: number, largest: number];

const ranges: Readonly<Partial<Record<DType, Range>>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
};

/** The least and the largest number of an integer dtype; `null` for floats and bool, which take every number. */
export function rangeOf(dtype: DType): Range | null {
  return ranges[dtype] ?? null;
}

/** Whether an element of `dtype` can hold a number, a fraction being cut off. */
export function holds(dtype: DType, value: number): boolean {
  const range = ranges[dtype];
  if (!range) return true;
  const whole = Math.trunc(value);
  return whole >= range[0] && whole <= range[1];
}

/** The number, or a RangeError if an element of `dtype` would hold another; `asked` is what it was to be used for. */
export function checkHeld(asked: string, value: number, dtype: DType): number {
  if (holds(dtype, value)) return value;
  const [least, largest] = ranges[dtype]!;
  throw new RangeError(
    `Cannot ${asked} ${value}: ${dtype} holds the integers from ${least} to ${largest}, use one of these or a ` +
      "floating dtype",
  );
}

/** The number that a number or truth value is; anything else is a TypeError that begins with what was `asked`. */
export function checkNumber(asked: string, value: unknown): number {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  throw new TypeError(`Cannot ${asked} ${described(value)}: a number is needed`);
}
