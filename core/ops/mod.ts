/** The public functions of tensors. */
export * from "./convert.ts";
export * from "./creation.ts";
export * from "./cumulative.ts";
export * from "./elementwise.ts";
export * from "./indexing.ts";
export * from "./matrices.ts";
export * from "./linear_algebra.ts";
export * from "./neural.ts";
export * from "./keys.ts";
export * from "./random.ts";
export * from "./random_order.ts";
export * from "./reductions.ts";
export * from "./statistics.ts";
export * from "./var_mean.ts";
export * from "./shape.ts";
export * from "./windows.ts";
export * from "./joining.ts";
