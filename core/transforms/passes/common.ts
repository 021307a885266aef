/** Steps that compute the same as one before them. */
import { attributesKey } from "../../call/attributes_key.ts";
import { labelOf } from "../../call/op.ts";
import { type ProgramStep, type ProgramView, uploading } from "../program/parts.ts";
import type { Draft } from "./draft.ts";

/** Has readers of what is computed twice read what was computed first. */
export function shareCommon(draft: Draft): void {
  const known = new Map<string, ProgramStep>(), versions = new Map<number, number>();
  for (let k = 0; k < draft.steps.length; k++) {
    const step = draft.steps[k], key = keyOf(draft, step, versions);
    const before = key === null ? undefined : known.get(key);
    if (before && step.outputs.every(({ value }) => draft.isInner(value))) {
      redirect(draft, step, before);
      k--;
      continue;
    }
    if (key !== null && !before) known.set(key, step);
    for (const { value } of step.outputs) versions.set(value, (versions.get(value) ?? 0) + 1);
  }
}

// Nothing of what is written more than once, or changed in place.
function keyOf(draft: Draft, step: ProgramStep, versions: ReadonlyMap<number, number>): string | null {
  const { op, attributes, inputs, outputs } = step;
  if (op === uploading || outputs.some(({ value }) => draft.makerOf(value) !== step)) return null;
  const read = inputs.map((view) => `${view.value}.${versions.get(view.value) ?? 0}${placeKey(view)}`);
  const written = outputs.map((view) => `${draft.dtypeOf(view)}${placeKey(view)}`);
  return `${op.name} ${attributesKey(attributes)} ${read.join(";")} ${written.join(";")}`;
}

function placeKey({ shape, strides, offset }: ProgramView): string {
  return `[${shape}][${shape.map((n, i) => n === 1 ? 0 : strides[i])}]${offset}`;
}

function redirect(draft: Draft, step: ProgramStep, before: ProgramStep): void {
  draft.note(`${labelOf(step.op, step.attributes)} is computed once for all who read it`);
  draft.drop(step);
  step.outputs.forEach(({ value: from }, k) => {
    const { value } = before.outputs[k];
    for (const reader of [...draft.readersOf(from)]) {
      const inputs = reader.inputs.map((view) => view.value === from ? { ...view, value } : view);
      draft.replace(reader, { ...reader, inputs });
    }
  });
}
