/** Has the cpu, where it is beside wasm, multiply by a BLAS when that is asked for. */
import { findMultipliers } from "../cpu/multiplier.ts";
import { multiplierBy } from "./arrays.ts";
import { libraryAskedBy } from "./asked.ts";

findMultipliers((settings) => {
  const { library, lack } = libraryAskedBy(settings);
  if (library) return multiplierBy(library);
  return lack === undefined
    ? undefined
    : { description: `TypeScript, no BLAS: ${lack}`, multiply: () => false };
});
