/** The elementwise ops: all that these files export is one. */
export * from "./activation.ts";
export * from "./rectifiers.ts";
export * from "./arithmetic.ts";
export * from "./magnitude.ts";
export * from "./rounding.ts";
export * from "./comparison.ts";
export * from "./logic.ts";
export * from "./choice.ts";
export * from "./math.ts";
export * from "./trigonometric.ts";
export * from "./special.ts";
