/** Functions of functions. */
export * from "./anomaly.ts";
export { cond, whileLoop, type WhileOptions } from "./branches.ts";
export { compile, type Compiled, type CompileOptions } from "./compile/compile.ts";
export * from "./custom.ts";
export { explain } from "./explain.ts";
export { jvp } from "./forward.ts";
export { type ArgumentOptions, grad, type GradientOf, valueAndGrad, vjp } from "./functional.ts";
export * from "./gradcheck.ts";
export * from "./jacobian.ts";
export * from "./limits.ts";
export { record } from "./program/record.ts";
export { Program } from "./program/program.ts";
export type { Bindings } from "./program/bindings.ts";
export type { Elements } from "./program/elements.ts";
export type { DrawingText } from "./program/vega.ts";
export type { NodeJSON } from "./program/data.ts";
export type { ProgramJSON } from "./program/json.ts";
export type {
  Phase,
  Place,
  ProgramCotangent,
  ProgramEffect,
  ProgramStep,
  ProgramValue,
  ProgramView,
  ValueKind,
} from "./program/parts.ts";
export { scan, type ScanOptions } from "./scan.ts";
export { type BatchAxes, type BatchAxis, vmap, type VmapOptions } from "./vmap.ts";
