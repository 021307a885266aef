/** The public functions that are no methods, as in PyTorch. */
export * from "./areas.ts";
export * from "./chosen.ts";
export type { SizeOptions } from "./counted.ts";
export * from "./estimates.ts";
export * from "./floats.ts";
export * from "./histograms.ts";
export * from "./searching.ts";
export * from "./segments.ts";
export * from "./sequences.ts";
export * from "./get_item_async.ts";
export * from "./set_item.ts";
export * from "./shifts.ts";
export * from "./stacking.ts";
export * from "./steps.ts";
export * from "./strided.ts";
export * from "./tensor_products.ts";
export * from "./unique.ts";
