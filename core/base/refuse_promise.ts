/** The tape and transforms follow a function while it runs, which they cannot across await. */
import { TapeError } from "./errors.ts";

/** What a function returned, unless that is a promise: then a {@link TapeError} with that message. */
export function refusePromise<T>(result: T, message: string): T {
  if (!(result instanceof Promise)) return result;
  result.catch(() => {}); // Its failure would otherwise be reported beside ours.
  throw new TapeError(message);
}
