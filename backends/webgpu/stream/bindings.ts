/** What a dispatch binds, and how what it finds out spreads. */
import { type Dependence, join } from "../device/dependence.ts";
import { bufferOf } from "../memory/buffers.ts";
import type { Dispatch, Operand, WindowView } from "../kernels/kernel.ts";
import type { Binding, Program, Programs } from "./programs.ts";

/** The buffers of a dispatch. */
export interface Bound {
  readonly bindings: readonly Binding[];
  /** The names of the operands' arrays, then that of the reports. */
  readonly names: readonly string[];
}

/** Each buffer once, written if anyone writes. */
export function boundBy({ operands, reports }: Dispatch): Bound {
  const bindings: Binding[] = [], names: string[] = [];
  for (const operand of operands) names.push(`b${bind(bindings, operand)}`);
  if (reports) names.push(`b${bind(bindings, { view: reports.view, access: "atomic" })}`);
  return { bindings, names };
}

function bind(bindings: Binding[], { view, access, four = false }: Operand): number {
  const buffer = bufferOf(view), start = (view as WindowView).start ?? 0;
  const found = bindings.findIndex((b) => b.buffer === buffer && b.start === start && b.four === four);
  if (found < 0) return bindings.push({ buffer, start, dtype: view.dtype, access, four }) - 1;
  if (access !== "read") bindings[found] = { ...bindings[found], access };
  return found;
}

/** The program of a dispatch. */
export function programOf(
  programs: Programs,
  { key, label, source, extensions = [] }: Dispatch,
  { bindings, names }: Bound,
): Program {
  return programs.get(`${key}|${names.join("")}`, label, bindings, () => ({
    extensions,
    source: source(names),
  }));
}

/** What a kernel writes depends on all that it uses, and on the indices that say where; on what is `left` of that. */
export function spreadDependence(
  { operands, apart = [operands], reports }: Dispatch,
  left: (on: Dependence) => Dependence | null,
): void {
  for (const group of apart) spreadIn(group, reports ?? null, left);
}

function spreadIn(
  operands: readonly Operand[],
  reports: Dependence | null,
  left: (on: Dependence) => Dependence | null,
): void {
  let on = reports;
  for (const { view } of operands) {
    const { dependence } = bufferOf(view);
    if (dependence !== null) on = join(on, left(dependence));
  }
  if (on === null) return;
  for (const { view, access } of operands) if (access !== "read") bufferOf(view).dependence = on;
}
