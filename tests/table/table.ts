/** One table for every op: how it is called, and how its gradient is held to differences. */
import { sampledRows } from "./composites.ts";
import { constantRows } from "./rows_constant.ts";
import { elementwiseRows } from "./rows_elementwise.ts";
import { fourierRows } from "./rows_fourier.ts";
import { indexingRows } from "./rows_indexing.ts";
import { networkRows } from "./rows_networks.ts";
import { linalgRows } from "./rows_linalg.ts";
import { maskedRows } from "./rows_masked.ts";
import { orderRows } from "./rows_order.ts";
import { placingRows } from "./rows_placing.ts";
import { productRows } from "./rows_products.ts";
import { randomRows } from "./rows_random.ts";
import { reductionRows } from "./rows_reductions.ts";
import { segmentRows } from "./rows_segments.ts";
import { sequenceRows } from "./rows_sequences.ts";
import { shapeRows } from "./rows_shape.ts";
import { spectraRows } from "./rows_spectra.ts";
import { stackingRows } from "./rows_stacking.ts";
import type { Row } from "./row.ts";

export { exempt, notOps } from "./rows_constant.ts";
export type { Row } from "./row.ts";

/** Every row. */
export const table: readonly Row[] = [
  ...elementwiseRows,
  ...sampledRows,
  ...networkRows,
  ...reductionRows,
  ...orderRows,
  ...maskedRows,
  ...linalgRows,
  ...spectraRows,
  ...shapeRows,
  ...stackingRows,
  ...sequenceRows,
  ...indexingRows,
  ...placingRows,
  ...segmentRows,
  ...productRows,
  ...fourierRows,
  ...randomRows,
  ...constantRows,
];

/** The rows through which gradients flow. */
export const differentiable: readonly Row[] = table.filter((row) => row.why === undefined);

/** What a test of a row is called. */
export function title({ op, name }: Row): string {
  return `${op}: ${name}`;
}
