/** Transforms of synchronous functions only. */
import { refusePromise } from "../base/refuse_promise.ts";

/** What a function returned, unless that is a promise; `what` was asked of the function. */
export function synchronous<T>(what: string, result: T): T {
  return refusePromise(
    result,
    `Cannot ${what} an asynchronous function: it returned a promise; pass a synchronous one and await outside`,
  );
}
