/**
 * Backends for `@tapegrad/core`. Importing this module registers them; none is opened before it is used.
 *
 * @module
 */
import { registerBackend } from "@tapegrad/core";
import { createCpuBackend } from "./cpu/mod.ts";

registerBackend({ name: "cpu", priority: 0, create: () => createCpuBackend() });

export { cpuElements, type CpuOptions, createCpuBackend } from "./cpu/mod.ts";
