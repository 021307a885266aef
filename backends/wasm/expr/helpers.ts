/** The functions of the host that expressions call. */
import type { Legal } from "../../common/legal.ts";
import type { Callable } from "../assembler/body.ts";
import type { Helper } from "./helper.ts";
import { planOf } from "./plan.ts";

export type { Evaluate, Helper } from "./helper.ts";

/** Functions of the host that a module has imported, by their names. */
export type Helpers = ReadonlyMap<string, Callable>;

/** All that the module of expressions imports, each once. */
export function helpersOf(legal: Legal, isFused: boolean): readonly Helper[] {
  const byName = new Map<string, Helper>();
  for (const helper of planOf(legal, isFused).helpers.values()) byName.set(helper.name, helper);
  return [...byName.values()];
}
