/** How transforms are called: errors of a call in another's manner show the right one. */
import { described } from "../base/text.ts";
import { leavesOf } from "../tensor/tree.ts";

/** Refuses tensors beside the function, of a transform that gives a function of them. */
export function checkCurried(name: string, given: unknown): void {
  if (leavesOf(given).length === 0) return;
  throw new TypeError(
    `Cannot call ${name} with a function and ${
      described(given)
    }: it gives a function of the arguments, as in ` +
      `${name}(f)(x)`,
  );
}
