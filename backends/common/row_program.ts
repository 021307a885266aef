/** What compiled programs fuse along lanes, as programs over lanes. */
import { Recent, type RowsAttributes } from "@tapegrad/core/backend";
import type { LaneProgram } from "./lane_program.ts";

/** Kernels are found by their program: so many are kept, the last used; a power of 2. */
const KEPT = 256;
const known = new Recent<string, LaneProgram>(KEPT);

/** The program of so many inputs that does what attributes tell: the same one for the same steps. */
export function rowProgram({ name, steps, element, numbers }: RowsAttributes, inputs: number): LaneProgram {
  const told = steps.map(({ kind, expr }) => kind + expr.id), key = `${inputs} ${told} ${element} ${numbers}`;
  let found = known.get(key);
  if (!found) known.set(key, found = { name, inputs, steps, results: [element, ...numbers] });
  return found;
}
