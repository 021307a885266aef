/** WebGPU for tests, where there is an adapter. */
import { openWebGpu, type WebGpu, type WebGpuOptions } from "@tapegrad/backends";
import { registerBackend, useBackend } from "@tapegrad/core";

/** Opens a device, or gives `null` after printing why there is none: in CI that is a failure. */
async function tryOpen(options: WebGpuOptions = {}): Promise<WebGpu | null> {
  try {
    return await openWebGpu(options);
  } catch (error) {
    if (inCi()) throw error;
    console.log(`Skipping WebGPU tests: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

function inCi(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "CI" });
  return state === "granted" && Deno.env.get("CI") === "true";
}

let probe: Promise<WebGpu | null> | undefined;

/** Registers a test that is given a device of its own, and is ignored where there is none. */
export async function webGpuTest(
  name: string,
  run: (device: WebGpu) => void | Promise<void>,
  options: WebGpuOptions = {},
): Promise<void> {
  probe ??= tryOpen();
  const found = await probe;
  Deno.test({
    name,
    ignore: found === null,
    async fn(): Promise<void> {
      using device = await openWebGpu(options);
      await run(device);
    },
  });
}

/** Has tensors made on a test's own device. */
export async function use(device: WebGpu): Promise<void> {
  registerBackend({ name: "webgpu", create: () => device });
  await useBackend("webgpu", { byFlag: true });
}
