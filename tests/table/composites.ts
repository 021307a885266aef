/** The samples of composites that every backend is tried on, as rows. */
import { composites } from "../../backends/conformance/ops/composites.ts";
import { type Row, row, sample } from "./row.ts";

/** A row a sample. */
export const sampledRows: readonly Row[] = Object.entries(composites).flatMap(([op, { samples = {} }]) =>
  Object.entries(samples).map(([name, { shapes, call }]) =>
    row(op, name, {
      inputs: () => shapes.map((shape, seed) => sample(shape, { seed })),
      call: (...inputs) => [call(...inputs)].flat(),
    })
  )
);
