import type { Contender } from "../harness/measure.ts";
import type { Given, WorkName } from "../works/work.ts";

/** A library's side of the works: how it does each, from the same data as all. */
export type Side<More extends readonly unknown[] = []> = {
  readonly [Name in WorkName]?: (given: Given[Name], ...more: More) => Contender;
};

/** How a library does the work of a name, if it does. */
export function sideOf<More extends readonly unknown[]>(
  side: Side<More>,
  name: WorkName,
): ((given: Given[WorkName], ...more: More) => Contender) | undefined {
  // The name and what is given come from one work, so they belong together.
  return side[name] as ((given: Given[WorkName], ...more: More) => Contender) | undefined;
}
