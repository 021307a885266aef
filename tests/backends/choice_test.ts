/** A backend is chosen by a flag, else by the environment, else in code. */
import { currentBackend, registerBackend, useBackend } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends";
import { assertEquals, assertRejects } from "@std/assert";
import { permitted } from "../permitted.ts";

const test = permitted("env");

const NAMES = ["chosen by flag", "chosen by environment", "chosen in code"];

/** What the environment says while `fn` runs: here alone, since tests side by side have one environment. */
async function withEnvironment(value: string | undefined, fn: () => Promise<void>): Promise<void> {
  const { get } = Deno.env;
  try {
    Deno.env.get = (name) => name === "TAPEGRAD_BACKEND" ? value : get.call(Deno.env, name);
    await fn();
  } finally {
    Deno.env.get = get;
  }
}

test("a flag outranks the environment, which outranks the code", async () => {
  for (const name of NAMES) registerBackend({ name, create: () => createCpuBackend({ name }) });
  const [flag, environment, code] = NAMES, before = currentBackend().name;
  try {
    await withEnvironment(environment, async () => {
      assertEquals((await useBackend(flag, { byFlag: true })).name, flag);
      assertEquals((await useBackend(code)).name, environment);
      assertEquals((await useBackend(undefined, { byFlag: true })).name, environment);
    });
    await withEnvironment("abacus", async () => {
      await assertRejects(() => useBackend(code), Error, 'Cannot use backend "abacus": there are cpu');
    });
    await withEnvironment(undefined, async () => {
      assertEquals((await useBackend(code)).name, code);
      assertEquals((await useBackend()).name, "wasm");
    });
  } finally {
    await useBackend(before, { byFlag: true });
  }
});
