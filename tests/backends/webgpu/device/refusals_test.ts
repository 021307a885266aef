/** What is said where there is no device, or none with memory left: no adapter is needed to see it. */
import { BackendError, openBackend, registerBackend } from "@tapegrad/core";
import { openWebGpu } from "@tapegrad/backends";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BlockAllocator } from "../../../../backends/webgpu/memory/buffers.ts";
import { Health } from "../../../../backends/webgpu/device/health.ts";

/** Runs `fn` where `navigator.gpu` is something else. */
async function withGpu(gpu: unknown, fn: () => Promise<void>): Promise<void> {
  const own = Object.getOwnPropertyDescriptor(navigator, "gpu");
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  try {
    await fn();
  } finally {
    if (own) Object.defineProperty(navigator, "gpu", own);
    else delete (navigator as { gpu?: unknown }).gpu;
  }
}

async function assertRefused(gpu: unknown, because: string): Promise<void> {
  registerBackend({ name: "webgpu", open: () => openWebGpu() });
  await withGpu(gpu, async () => {
    await assertRejects(() => openBackend("webgpu"), BackendError, `Cannot use backend "webgpu": ${because}`);
  });
}

Deno.test("a runtime without WebGPU is told which have it", async () => {
  await assertRefused(undefined, "this runtime has no navigator.gpu, use Deno 2 or a browser");
});

Deno.test("without an adapter one is told how to get it", async () => {
  await assertRefused(
    { requestAdapter: () => Promise.resolve(null) },
    "navigator.gpu has no adapter, turn hardware acceleration on in a browser, or install a driver " +
      "(on Debian, apt-get install mesa-vulkan-drivers brings one in software)",
  );
});

Deno.test("an adapter that is too small is told by its limit", async () => {
  const limits = {
    maxStorageBuffersPerShaderStage: 4,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupStorageSize: 16384,
  };
  const adapter = { limits, features: new Set() };
  await assertRefused(
    { requestAdapter: () => Promise.resolve(adapter) },
    "the adapter's maxStorageBuffersPerShaderStage is 4, and at least 6 are needed",
  );
});

Deno.test("a device without memory says how much was asked for and held, and by which kernel", async () => {
  const shortage = { message: "out of memory" };
  const device = {
    limits: { maxBufferSize: 2 ** 30 },
    lost: new Promise(() => {}),
    addEventListener(): void {},
    pushErrorScope(): void {},
    popErrorScope: () => Promise.resolve(shortage),
    createBuffer: () => ({ destroy(): void {} }),
    destroy(): void {},
  } as unknown as GPUDevice;
  const health = new Health("webgpu", device);
  const blocks = new BlockAllocator(device, {
    usage: 0,
    discard: () => {},
    exhausted: (bytes, error) => health.outOfMemory(error, { doing: "map tanh(x0)", bytes, ...blocks.held }),
  });
  blocks.take(4 * 2 ** 20);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const error = assertThrows(() => health.settle(), BackendError, "Cannot map tanh(x0) on webgpu");
  assertEquals(
    error.message.includes("no memory for 4194304 bytes more, with 4194304 in use"),
    true,
    error.message,
  );
  health.settle(); // told once
});
