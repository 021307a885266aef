/**
 * The WebGPU backend: kernels generated as WGSL for the visitor's or the server's GPU. Importing this module
 * registers it as `webgpu`, and asks for no device before it is used.
 *
 * @module
 */
import { type Backend, registerBackend } from "@tapegrad/core/backend";
import { WebGpuBackend } from "./backend.ts";
import { requestDevice, type WebGpuOptions } from "./device/device.ts";

export type { WebGpuOptions } from "./device/device.ts";

registerBackend({ name: "webgpu", open: () => openWebGpu() });

/**
 * A backend on a WebGPU device.
 *
 * @category Backends
 */
export interface WebGpu extends Backend {
  /** The device, to share with other WebGPU code of the program; whoever destroys it takes the tensors with it. */
  // Not by its name, which libraries of types without WebGPU do not have.
  readonly device: typeof globalThis extends { readonly GPUDevice: { readonly prototype: infer Device } }
    ? Device
    : object;
}

/**
 * Opens a WebGPU device: f32, f16 where the device has it, i32, u32 and bool, read asynchronously. An Error
 * says what is missing where there is none.
 *
 * @category Backends
 * @example
 * ```ts
 * import { BackendError, ones, registerBackend, useBackend } from "@tapegrad/core";
 * import { openWebGpu } from "@tapegrad/backends/webgpu";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * registerBackend({ name: "webgpu", open: () => openWebGpu({ deterministic: false }) });
 * if (await navigator.gpu?.requestAdapter()) {
 *   using device = await useBackend("webgpu");
 *   assertEquals(await ones([3], { backend: device }).sum().item(), 3);
 * } else await assertRejects(() => useBackend("webgpu"), BackendError, "navigator.gpu");
 * ```
 */
export async function openWebGpu(options: WebGpuOptions = {}): Promise<WebGpu> {
  return new WebGpuBackend(await requestDevice(options), options);
}
