/** What this runtime's WebAssembly can do. */
import { Module } from "./assembler/module.ts";
import { f32, op } from "./assembler/values.ts";

/**
 * How kernels compute: four lanes at once, products fused with sums where that is permitted; four lanes at once; or one
 * number after another.
 */
export type Simd = "relaxed" | "simd" | "scalar";

/** The ways, from the best on. */
export const simds: readonly Simd[] = ["relaxed", "simd", "scalar"];

/** Whether there is WebAssembly that computes so. */
export function validates(simd: Simd): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(probe(simd));
}

/** The best way there is here; `undefined` without WebAssembly. */
export function bestSimd(): Simd | undefined {
  return simds.find(validates);
}

// The smallest module that needs it.
function probe(simd: Simd): Uint8Array<ArrayBuffer> {
  const module = new Module();
  module.define(["f32"], simd === "scalar" ? "f32" : "v128", (_, [x]) => {
    if (simd === "scalar") return op("f32.add", x, f32(1));
    const lanes = op("f32x4.splat", x);
    return simd === "relaxed" ? op("f32x4.relaxed_madd", lanes, lanes, lanes) : op("f32x4.abs", lanes);
  });
  return module.bytes();
}
