/** WebGPU for tests, where there is an adapter. */
import { openWebGpu, type WebGpu, type WebGpuOptions } from "@tapegrad/backends";
import { registerBackend, useBackend } from "@tapegrad/core";

/** Whether a device can be had; prints why not, which in CI is a failure. */
async function hasDevice(): Promise<boolean> {
  try {
    (await openWebGpu())[Symbol.dispose]();
    return true;
  } catch (error) {
    if (inCi()) throw error;
    console.log(`Skipping WebGPU tests: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

/** Whether this is a run in CI, where what a machine may lack has to be there. */
export function inCi(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "CI" });
  return state === "granted" && Deno.env.get("CI") === "true";
}

let probe: Promise<boolean> | undefined;

/** Registers a test that is given a device of its own, and is ignored where there is none. */
export async function webGpuTest(
  name: string,
  run: (device: WebGpu) => void | Promise<void>,
  options: WebGpuOptions = {},
): Promise<void> {
  const found = await (probe ??= hasDevice());
  Deno.test({
    name,
    ignore: !found,
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
