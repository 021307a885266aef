/** Programs as they are run: each pass makes one of another that does the same by fewer or smaller kernels. */
import type { Backend } from "../../device/backend.ts";
import type { ProgramParts, ProgramStep } from "../program/parts.ts";
import { shareCommon } from "./common.ts";
import { foldNumbers, shareNumbers } from "./constants.ts";
import { dropDead } from "./dead.ts";
import { readThroughCopies } from "./copies.ts";
import { Draft } from "./draft.ts";
import { fuse } from "./fuse.ts";
import { Limits } from "./limits.ts";
import { fuseProducts } from "./products.ts";
import { fuseRows } from "./rows.ts";
import { runTogether } from "./together.ts";

/** A program that was optimized. */
export interface Optimized {
  /** What does the same. Values keep their indices, though nothing makes or reads some of them. */
  readonly parts: ProgramParts;
  /** What was done, and what was not and why, for a person to read. */
  readonly notes: readonly string[];
}

const none: ReadonlySet<number> = new Set();

/**
 * A program that does what another does on a backend, by fewer kernels; of the numbers that it reads some follow
 * arguments, by the indices of the values. What is no longer stored is rounded as if it were.
 */
export function optimized(
  parts: ProgramParts,
  backend: Backend,
  followed: ReadonlySet<number> = none,
): Optimized {
  const draft = new Draft(parts, followed), limits = new Limits(backend);
  shareNumbers(draft);
  foldNumbers(draft);
  shareCommon(draft);
  readThroughCopies(draft);
  dropDead(draft);
  fuseRows(draft, limits, backend);
  for (let before = -1; before !== draft.steps.length;) {
    before = draft.steps.length;
    draft.reconsider();
    fuse(draft, limits);
    dropDead(draft);
  }
  fuseProducts(draft, limits, backend);
  runTogether(draft, limits, backend);
  const steps = draft.steps.map(withoutPlace);
  return { parts: { ...draft.parts, steps, cotangents: [] }, notes: draft.notes };
}

// The step whose gradient it helps to compute may be part of another.
function withoutPlace(step: ProgramStep): ProgramStep {
  const { gradientOf } = step;
  return gradientOf ? { ...step, gradientOf: { label: gradientOf.label, step: null } } : step;
}
