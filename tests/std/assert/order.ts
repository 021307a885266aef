import { AssertionError } from "./assertion_error.ts";
import { format, suffix } from "./format.ts";

function expectOrder(holds: boolean, claim: string, msg: string | undefined): void {
  if (!holds) throw new AssertionError(msg ?? `Expect ${claim}`);
}

/** Throws unless `actual` > `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  expectOrder(actual > expected, `${format(actual)} > ${format(expected)}`, msg);
}

/** Throws unless `actual` >= `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  expectOrder(actual >= expected, `${format(actual)} >= ${format(expected)}`, msg);
}

/** Throws unless `actual` < `expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  expectOrder(actual < expected, `${format(actual)} < ${format(expected)}`, msg);
}

/** Throws unless `actual` <= `expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  expectOrder(actual <= expected, `${format(actual)} <= ${format(expected)}`, msg);
}

function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toExponential();
}

/** Throws unless the two are within `tolerance`, by default 1e-7 of `expected`. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const limit = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  const delta = Math.abs(expected - actual);
  if (delta <= limit) return;
  throw new AssertionError(
    `Expected actual: "${digits(actual)}" to be close to "${digits(expected)}": ` +
      `delta "${digits(delta)}" is greater than "${digits(limit)}"${suffix(msg)}`,
  );
}
