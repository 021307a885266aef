/** The suite on every backend of ours, and on backends that are broken on purpose. */
import { conformance } from "@tapegrad/backends/conformance";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { openWebGpu } from "@tapegrad/backends/webgpu";
import { createToyBackend } from "../backends/toy_backend.ts";
import { inCi } from "../backends/webgpu/open.ts";
import { optionsFor } from "./own.ts";

conformance("cpu, generated", () => createCpuBackend({ codegen: true }));
conformance("cpu, interpreted", () => createCpuBackend({ codegen: false }), { large: false });
for (const simd of ["relaxed", "simd", "scalar"] as const) {
  const create = () => createWasmBackend({ simd, small: 0, debug: true });
  conformance(`wasm, ${simd}`, create, { ...optionsFor("wasm"), large: simd === "relaxed" });
}
conformance("wasm, the smaller ones on the cpu", () => createWasmBackend({ small: 8 }), { large: false });
// A stranger's, by number arrays and naive loops.
conformance("toy", () => createToyBackend(), { large: false });

const missing = await openWebGpu().then((backend) => backend[Symbol.dispose](), String);
if (missing === undefined) conformance("webgpu", () => openWebGpu(), optionsFor("webgpu"));
else if (inCi()) {
  Deno.test("webgpu: has an adapter in CI", () => Promise.reject(new Error(missing)));
} else console.log(`Skipping the conformance of webgpu: ${missing}`);
