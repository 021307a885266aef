/**
 * The WebAssembly backend. Importing this module registers it as `wasm`.
 *
 * @example
 * ```ts
 * import { tensor, useBackend } from "@tapegrad/core";
 * import "@tapegrad/backends/wasm";
 * import { assertEquals } from "@std/assert";
 *
 * await useBackend("wasm");
 * assertEquals(await tensor([1, 2]).mul(2).array(), [2, 4]);
 * ```
 *
 * @module
 */
import { type Backend, checkOptions, described, registerBackend } from "@tapegrad/core/backend";
import "../blas/register.ts";
import { WasmBackend, type WasmOptions } from "./backend.ts";

export type { WasmOptions } from "./backend.ts";
export type { Simd } from "./features.ts";
export type { HeapOptions } from "./memory/heap.ts";

const known = ["name", "small", "blas", "threads", "simd", "memoryBytes", "debug"];

registerBackend({
  name: "wasm",
  priority: 1,
  create: () => {
    const backend = createWasmBackend();
    backend.configure!({}); // as the environment says
    return backend;
  },
});

/**
 * A backend in WebAssembly: every dtype of the cpu's, synchronous; small tensors are the host's, the others are in one
 * memory that grows. It is an Error where this runtime has no WebAssembly.
 *
 * @category Backends
 * @example
 * ```ts
 * import { ones, registerBackend, useBackend } from "@tapegrad/core";
 * import { createWasmBackend } from "@tapegrad/backends/wasm";
 * import { assertEquals } from "@std/assert";
 *
 * registerBackend({ name: "watched", create: () => createWasmBackend({ name: "watched", debug: true }) });
 * await useBackend("watched");
 * assertEquals(await ones([100, 100]).sum().item(), 10_000);
 * ```
 */
export function createWasmBackend(options: WasmOptions = {}): Backend {
  checkOptions("create a wasm backend", options ?? undefined, known);
  const { name = "wasm" } = options ?? {};
  if (typeof name !== "string") {
    throw new TypeError(`Cannot name a backend ${described(name)}: a text is needed`);
  }
  return new WasmBackend(options ?? {});
}
