/** Kernels that run along one axis in order. */
export { scan } from "./scan.ts";
export { argsort } from "./sort.ts";
