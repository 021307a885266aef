/** Modules that are still without parameters, as their extents follow from the first input. */
import type { Shape } from "@tapegrad/core";
import type { AnyModule } from "./module.ts";

/** What is known of such a module. */
export interface Pending {
  /** What it is called. */
  readonly title: string;
  /** Its parameters and buffers to be. */
  readonly names: readonly string[];
  /** What was done to it since, and is to be done to its parameters once they are there. */
  readonly later: ((module: AnyModule) => void)[];
  /** Makes its parameters for a state of these shapes, if that tells their extents. */
  finishFor(shapeOf: (name: string) => Shape | undefined): void;
}

const all = new WeakMap<object, Pending>();
// How many there may still be, so that those who have none do not look for them.
let count = 0;

/** Enters a module; what is given back ends that. */
export function waiting(module: object, pending: Pending): () => void {
  all.set(module, pending);
  count++;
  return () => {
    if (all.delete(module)) count--;
  };
}

/** What is known of a module that is still without parameters; `undefined` of others. */
export function pendingOf(module: object): Pending | undefined {
  return count === 0 ? undefined : all.get(module);
}

/** The error of who asks for parameters that are not there yet. */
export function unfinished({ title }: Pending): TypeError {
  return new TypeError(
    `Cannot list the parameters of ${title}: its first forward or loadStateDict makes them, call it once before`,
  );
}
