/**
 * The backend in plain TypeScript. Importing this module registers it as `cpu`.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import "@tapegrad/backends/cpu";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await tensor([1, 2]).mul(2).array(), [2, 4]);
 * ```
 *
 * @module
 */
import { registerBackend } from "@tapegrad/core/backend";
import { createCpuBackend } from "./backend.ts";

registerBackend({
  name: "cpu",
  priority: 0,
  create: () => {
    const backend = createCpuBackend();
    backend.configure!({}); // as the environment says
    return backend;
  },
});

export { cpuElements, type CpuOptions, createCpuBackend } from "./backend.ts";
