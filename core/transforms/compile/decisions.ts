/** What JavaScript decided by in calls, and what they left set. */
import { described } from "../../base/text.ts";
import type { Decision, Setting } from "../program/decision.ts";
import type { Call } from "./difference.ts";

/** A recorded call, with the decisions of JavaScript that led to it, and what it has set. */
export interface Noted extends Call {
  readonly decisions: readonly Decision[];
  readonly settings: readonly Setting[];
}

/** What keeps two calls from having been decided alike, or from leaving the same settings behind. */
export function decisionsDiffer(before: Noted, now: Noted): string | null {
  const other = now.decisions.findIndex(({ seen }, i) =>
    i < before.decisions.length && !Object.is(seen, before.decisions[i].seen)
  );
  if (other >= 0) {
    const [a, b] = [before, now].map(({ decisions }) => described(decisions[other].seen));
    return `what JavaScript decides by was ${a} and is ${b}`;
  }
  if (before.decisions.length !== now.decisions.length) {
    return "JavaScript decides by something else than before";
  }
  const sets = before.settings.length === now.settings.length &&
    now.settings.every(({ owner, value }, i) =>
      owner === before.settings[i].owner && Object.is(value, before.settings[i].value)
    );
  return sets ? null : "a Changing is left with another value than before";
}

/** Whether what is looked at before runs tells a call from another: a number, or what JavaScript first decided by. */
export function isTold(call: Noted, other: Noted): boolean {
  if (call.numbers.some((number, j) => !Object.is(number, other.numbers[j]))) return true;
  for (let k = 0; k < Math.min(call.decisions.length, other.decisions.length); k++) {
    const [a, b] = [call.decisions[k], other.decisions[k]];
    if (a.owner !== b.owner) return false;
    if (!Object.is(a.seen, b.seen)) return true;
  }
  return false;
}
