/**
 * The backend in plain TypeScript.
 *
 * @module
 */
export { cpuElements, type CpuOptions, createCpuBackend } from "./backend.ts";
