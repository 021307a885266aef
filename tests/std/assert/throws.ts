import { AssertionError } from "./assertion_error.ts";
import { suffix } from "./format.ts";

/** A class of errors. */
// deno-lint-ignore no-explicit-any -- as in the real one: `never[]` would let more through
type ErrorConstructor<E extends Error> = abstract new (...args: any[]) => E;

type Expected<E extends Error> = [
  classOrMsg?: ErrorConstructor<E> | string,
  msgIncludes?: string,
  msg?: string,
];

function expectClass<E extends Error>(error: Error, ErrorClass: ErrorConstructor<E>, msg?: string): void {
  if (!(error instanceof ErrorClass)) {
    throw new AssertionError(
      `Expected error to be instance of "${ErrorClass.name}", but was "${error.constructor.name}"${
        suffix(msg)
      }`,
    );
  }
}

function expectText(error: Error, text?: string, msg?: string): void {
  if (error.message.includes(text ?? "")) return;
  const [wanted, found] = [JSON.stringify(text), JSON.stringify(error.message)];
  throw new AssertionError(`Expected error message to include ${wanted}, but got ${found}${suffix(msg)}`);
}

function examine<E extends Error>(error: unknown, verb: string, expected: Expected<E>): unknown {
  const [first, msgIncludes, last] = expected;
  if (typeof first !== "function") return error;
  if (!(error instanceof Error)) {
    throw new AssertionError(`A non-Error object was ${verb}${suffix(last)}`);
  }
  expectClass(error, first, last);
  expectText(error, msgIncludes, last);
  return error;
}

function unmet<E extends Error>(claim: string, [first, , last]: Expected<E>): AssertionError {
  return new AssertionError(`${claim}${suffix(typeof first === "string" ? first : last)}`);
}

/** Calls `fn`, throws unless it throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorConstructor<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error>(fn: () => unknown, ...expected: Expected<E>): unknown {
  try {
    fn();
  } catch (error) {
    return examine(error, "thrown", expected);
  }
  throw unmet("Expected function to throw", expected);
}

/** Calls `fn`, rejects unless its promise rejects, and resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorConstructor<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  ...expected: Expected<E>
): Promise<unknown> {
  let pending: PromiseLike<unknown> | undefined;
  try {
    pending = fn();
  } catch {
    // A function that throws before it returns a promise has not rejected.
  }
  if (typeof pending?.then !== "function") throw unmet("Function throws when expected to reject", expected);
  try {
    await pending;
  } catch (error) {
    return examine(error, "rejected", expected);
  }
  throw unmet("Expected function to reject", expected);
}
