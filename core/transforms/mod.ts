/** Functions of functions. */
export * from "./anomaly.ts";
export * from "./custom.ts";
export { jvp } from "./forward.ts";
export { type ArgumentOptions, grad, type GradientOf, valueAndGrad, vjp } from "./functional.ts";
export * from "./gradcheck.ts";
export * from "./jacobian.ts";
export { type BatchAxes, type BatchAxis, vmap, type VmapOptions } from "./vmap.ts";
