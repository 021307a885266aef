/** Copies that only change the order of elements, for products, which take elements wherever they lie. */
import { input } from "../../expr/expr.ts";
import { mappedProduct } from "../../primitives/fused.ts";
import { matrixProduct } from "../../primitives/matmul.ts";
import type { ProgramStep, ProgramView } from "../program/parts.ts";
import type { Draft } from "./draft.ts";
import { nestOf } from "./nest.ts";
import { through } from "./through.ts";

const products: ReadonlySet<unknown> = new Set([matrixProduct, mappedProduct]);

/** Has products read what copies are made of. */
export function readThroughCopies(draft: Draft): void {
  for (const step of [...draft.steps]) {
    if (!products.has(step.op)) continue;
    const inputs = step.inputs.map((view) => sourceOf(draft, view, step) ?? view);
    if (inputs.every((view, i) => view === step.inputs[i])) continue;
    draft.replace(step, { ...step, inputs });
    draft.note("matmul reads what was copied for it where it lies");
  }
}

// The elements of a view where they were copied from, if they are still there.
function sourceOf(draft: Draft, view: ProgramView, reader: ProgramStep): ProgramView | null {
  const copy = draft.makerOf(view.value), nest = copy && nestOf(copy);
  if (!nest || nest.fold || nest.exprs.length !== 1 || nest.exprs[0] !== input(0)) return null;
  const [from] = nest.inputs, [to] = nest.outputs;
  if (draft.dtypeOf(from) !== draft.dtypeOf(to)) return null;
  const found = through(view, to, [from]);
  if (found === null || "axis" in found) return null;
  const { steps } = draft, meanwhile = steps.slice(steps.indexOf(copy!), steps.indexOf(reader) + 1);
  if (meanwhile.some(({ outputs }) => outputs.some(({ value }) => value === from.value))) return null;
  return { ...found[0], value: from.value };
}
