/** Kernels that throw for no elements, as those of indices or of singular matrices may. */
import { type ProgramStep, uploading } from "./parts.ts";

const calm: ReadonlySet<string> = new Set([
  "argsort",
  "concat",
  "contiguous",
  "cumulate",
  "fold",
  "iota",
  "map",
  "mappedMatmul",
  "maps",
  "matmul",
  "pad",
  "reduce",
  "rows",
  "update",
]);

/** How many steps there are up to the last that may throw, that included. */
export function untilCalm(steps: readonly ProgramStep[]): number {
  return steps.findLastIndex(({ op }) => op !== uploading && !calm.has(op.name)) + 1;
}
