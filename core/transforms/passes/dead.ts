/** Steps of which nothing is left, and outputs that no one reads. */
import { map } from "../../primitives/map.ts";
import type { ProgramStep } from "../program/parts.ts";
import type { Draft } from "./draft.ts";
import { nestOf, stepOf } from "./nest.ts";
import { pruned } from "./join.ts";

/** Drops steps whose outputs no one reads, and of maps those outputs. */
export function dropDead(draft: Draft): void {
  for (let k = draft.steps.length - 1; k >= 0; k--) {
    const step = draft.steps[k], live = step.outputs.map(({ value }) => isLive(draft, value, step));
    if (live.includes(true) || step.outputs.length === 0) keepLive(draft, step, live);
    else draft.drop(step);
  }
}

function isLive(draft: Draft, value: number, by: ProgramStep): boolean {
  return !draft.isInner(value) || [...draft.readersOf(value)].some((step) => step !== by);
}

function keepLive(draft: Draft, step: ProgramStep, live: readonly boolean[]): void {
  if (!live.includes(false) || step.op !== map as unknown) return;
  const nest = nestOf(step);
  if (!nest) return;
  const only = <T>(list: readonly T[]): T[] => list.filter((_, k) => live[k]);
  draft.replace(
    step,
    stepOf(pruned({ ...nest, outputs: only(nest.outputs), exprs: only(nest.exprs) }), step),
  );
}
