/** Transforms follow a function while it runs, which they cannot across await. */
import { TapeError } from "../errors.ts";

/** What a function returned, unless that is a promise; `what` was asked of the function. */
export function synchronous<T>(what: string, result: T): T {
  if (!(result instanceof Promise)) return result;
  result.catch(() => {}); // Its failure would otherwise be reported beside ours.
  throw new TapeError(
    `Cannot ${what} an asynchronous function: it returned a promise; pass a synchronous one and await outside`,
  );
}
