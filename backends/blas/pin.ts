/** An environment that has OpenBLAS compute for another processor than it is on. */
import { environmentVariable } from "@tapegrad/core/backend";
import type { Library } from "./library.ts";

let isTold = false;

/** Says once that the environment chose the kernels of an OpenBLAS, and what that may cost. */
export function warnOfPin({ core }: Library): void {
  const pinned = environmentVariable("OPENBLAS_CORETYPE");
  if (isTold || !pinned || core?.toLowerCase() !== pinned.toLowerCase()) return;
  isTold = true;
  // deno-lint-ignore no-console -- it is about the environment, which no caller sees
  console.warn(
    `OPENBLAS_CORETYPE=${pinned} in the environment has OpenBLAS multiply as on that processor: unset it unless this ` +
      "is one (with AVX-512, Haswell's kernels took 1.7 times as long, Sandybridge's 2.3, Prescott's 5.5)",
  );
}
