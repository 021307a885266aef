import { AssertionError } from "./assertion_error.ts";
import { equal } from "./equal.ts";
import { diff, format, suffix } from "./format.ts";

/** Any class but an abstract one. */
// deno-lint-ignore no-explicit-any -- as in the real one: `never[]` would let more through
export type AnyConstructor = new (...args: any[]) => any;

/** Throws unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Throws unless the two are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  throw new AssertionError(
    `Values are not equal${suffix(msg)}${diff(format(actual), format(expected))}`,
  );
}

/** Throws when the two are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(
    `Expected actual: ${format(actual)} not to be: ${format(expected)}${suffix(msg)}`,
  );
}

/** Throws unless the two are the same by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const [left, right] = [format(actual), format(expected)];
  if (left !== right) {
    throw new AssertionError(`Values are not strictly equal${suffix(msg)}${diff(left, right)}`);
  }
  throw new AssertionError(
    `Values have the same structure but are not reference-equal${suffix(msg)}\n\n${left}\n`,
  );
}

/** Throws unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(`Expected actual: "${actual}" to contain: "${expected}"${suffix(msg)}`);
}

/** Throws unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  throw new AssertionError(`Expected actual: "${actual}" to match: "${expected}"${suffix(msg)}`);
}

/** Throws when `actual` is null or undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual !== undefined && actual !== null) return;
  throw new AssertionError(`Expected actual: "${actual}" to not be null or undefined${suffix(msg)}`);
}

/** What has a length and elements, text aside. */
export type ArrayLikeArg<T> = ArrayLike<T> & object;

/** Throws unless `actual` holds a deep equal of every element of `expected`. */
export function assertArrayIncludes<T>(
  actual: ArrayLikeArg<T>,
  expected: ArrayLikeArg<T>,
  msg?: string,
): void {
  const found = Array.from(actual);
  const missing = Array.from(expected).filter((one) => !found.some((other) => equal(one, other)));
  if (missing.length === 0) return;
  throw new AssertionError(
    `Expected actual: "${format(actual)}" to include: "${format(expected)}"${suffix(msg)}\n` +
      `missing: ${format(missing)}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? value.constructor?.name ?? "Object" : typeof value;
}

function butWas(expected: string, actual: string): string {
  if (actual === expected) return "";
  return actual === "function" ? " but was not an instanced object" : ` but was "${actual}"`;
}

/** Throws unless `actual` is an instance of `expectedType`. */
// deno-lint-ignore no-explicit-any -- as in the real one
export function assertInstanceOf<T extends abstract new (...args: any[]) => any>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  const { name } = expectedType;
  throw new AssertionError(
    `Expected object to be an instance of "${name}"${butWas(name, kindOf(actual))}${suffix(msg)}`,
  );
}

/** Throws in any case. */
export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${suffix(msg)}`);
}
