/**
 * Backends for `@tapegrad/core`. Importing this module registers them; none is opened before it is used.
 *
 * @module
 */
export { cpuElements, type CpuOptions, createCpuBackend } from "./cpu/mod.ts";
export { createWasmBackend, type HeapOptions, type Simd, type WasmOptions } from "./wasm/mod.ts";
export { openWebGpu, type WebGpu, type WebGpuOptions } from "./webgpu/mod.ts";
