/** The elementwise ops: all that these files export is one. */
export * from "./activation.ts";
export * from "./arithmetic.ts";
export * from "./comparison.ts";
export * from "./math.ts";
