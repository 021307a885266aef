/** The public functions that are no methods, as in PyTorch. */
export * from "./areas.ts";
export * from "./floats.ts";
export * from "./shifts.ts";
export * from "./stacking.ts";
export * from "./tensor_products.ts";
