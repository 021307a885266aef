/** The public functions of tensors. */
export * from "./activation.ts";
export * from "./arithmetic.ts";
export * from "./comparison.ts";
export * from "./convert.ts";
export * from "./creation.ts";
export * from "./cumulative.ts";
export * from "./indexing.ts";
export * from "./linear_algebra.ts";
export * from "./math.ts";
export * from "./neural.ts";
export * from "./random.ts";
export * from "./reductions.ts";
export * from "./shape.ts";
