/** Small maps that do not depend on each other, and updates of many parameters, in one kernel. */
import { sizeOf } from "../../base/shape.ts";
import { labelOf } from "../../call/op.ts";
import { hasKernel } from "../../call/launch.ts";
import type { Backend } from "../../device/backend.ts";
import type { MapsAttributes } from "../../primitives/attributes.ts";
import { severalMaps } from "../../primitives/fused.ts";
import type { ProgramStep } from "../program/parts.ts";
import { Conflicts, type Draft, parted } from "./draft.ts";
import type { Limits } from "./limits.ts";
import { type Nest, nestOf } from "./nest.ts";
import { SMALL } from "./thumbs.ts";

/** Has one kernel run what updates parameters, and other maps of few elements, where the backend has one that can. */
export function runTogether(draft: Draft, limits: Limits, backend: Backend): void {
  if (!hasKernel(backend, severalMaps.name)) return;
  const most = backend.synchronous ? SMALL : Infinity;
  for (let k = 0; k < draft.steps.length; k++) {
    if (mapsIn(draft.steps[k], most) === null) continue;
    for (let j = k + 1; j < draft.steps.length; j++) {
      const merged = joined(draft, limits, [k, j], most);
      // The group has moved behind what ran between them.
      if (merged) k = j = draft.steps.indexOf(merged);
    }
    const { op, attributes } = draft.steps[k];
    if (op === severalMaps as unknown) draft.note(`${labelOf(op, attributes)} run in one kernel`);
  }
}

// The maps of a step that may run with others, updates of no more elements than some; `null` of another one.
function mapsIn(step: ProgramStep, most: number): readonly Nest[] | null {
  if (step.op === severalMaps as unknown) return several.get(step)!;
  const nest = nestOf(step);
  if (!nest || nest.fold) return null;
  return sizeOf(nest.shape) <= (step.phase === "update" ? most : SMALL) ? [nest] : null;
}

const several = new WeakMap<ProgramStep, readonly Nest[]>();

function joined(
  draft: Draft,
  limits: Limits,
  [first, last]: readonly [number, number],
  most: number,
): ProgramStep | null {
  const { steps } = draft, before = new Conflicts(), [one, other] = [steps[first], steps[last]];
  const more = mapsIn(other, most);
  before.add(one);
  if (more === null || before.hold(other)) return null;
  const nests = [...mapsIn(one, most)!, ...more];
  const step = stepOf(nests, other), between = parted(steps, first, last);
  const nodes = nests.flatMap(({ exprs }) => exprs);
  const all: Nest = { ...nests[0], inputs: step.inputs, outputs: step.outputs, exprs: nodes };
  if (!between || limits.exceeds(all, draft) !== null) return null;
  draft.splice(first, last - first + 1, ...between.before, step, ...between.behind);
  return step;
}

function stepOf(nests: readonly Nest[], like: ProgramStep): ProgramStep {
  const parts = nests.map(({ name, exprs, inputs }) => ({ name, exprs, reads: inputs.length }));
  const step: ProgramStep = {
    op: severalMaps as ProgramStep["op"],
    attributes: { parts } satisfies MapsAttributes,
    inputs: nests.flatMap(({ inputs }) => inputs),
    outputs: nests.flatMap(({ outputs }) => outputs),
    phase: like.phase,
  };
  several.set(step, nests);
  return step;
}
