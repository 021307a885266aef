/** Has wasm keep every tensor in its memory, however small, so that its own kernels are what is tried. */
import { registerBackend } from "@tapegrad/core";
import { createWasmBackend } from "@tapegrad/backends/wasm";

/** Registers it so, in place of the backend that leaves small tensors to the cpu's kernels. */
export function registerWholeWasm(): void {
  registerBackend({
    name: "wasm",
    priority: 1,
    create: () => {
      const backend = createWasmBackend({ small: 0, debug: true });
      backend.configure!({});
      return backend;
    },
  });
}
