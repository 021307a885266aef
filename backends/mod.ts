/**
 * Backends for `@tapegrad/core`. Importing this module registers them; none is opened before it is used.
 *
 * @module
 */
import { registerBackend } from "@tapegrad/core";
import { createCpuBackend } from "./cpu/mod.ts";
import { openWebGpu } from "./webgpu/mod.ts";

registerBackend({ name: "cpu", priority: 0, create: () => createCpuBackend() });
registerBackend({ name: "webgpu", open: () => openWebGpu() });

export { cpuElements, type CpuOptions, createCpuBackend } from "./cpu/mod.ts";
export { openWebGpu, type WebGpu, type WebGpuOptions } from "./webgpu/mod.ts";
