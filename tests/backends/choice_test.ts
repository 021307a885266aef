/** A backend is chosen by a flag, else by the environment, else in code. */
import { currentBackend, registerBackend, useBackend } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends";
import { assertEquals, assertRejects } from "@std/assert";
import { permitted } from "../permitted.ts";

const test = permitted("env");

const VARIABLE = "TAPEGRAD_BACKEND";
const NAMES = ["chosen by flag", "chosen by environment", "chosen in code"];

test("a flag outranks the environment, which outranks the code", async () => {
  for (const name of NAMES) registerBackend({ name, create: () => createCpuBackend({ name }) });
  const [flag, environment, code] = NAMES, before = currentBackend().name, set = Deno.env.get(VARIABLE);
  try {
    Deno.env.set(VARIABLE, environment);
    assertEquals((await useBackend(flag, { byFlag: true })).name, flag);
    assertEquals((await useBackend(code)).name, environment);
    assertEquals((await useBackend(undefined, { byFlag: true })).name, environment);
    Deno.env.set(VARIABLE, "abacus");
    await assertRejects(() => useBackend(code), Error, 'Cannot use backend "abacus": there are cpu');
    Deno.env.delete(VARIABLE);
    assertEquals((await useBackend(code)).name, code);
    assertEquals((await useBackend()).name, "wasm");
  } finally {
    await useBackend(before, { byFlag: true });
    if (set !== undefined) Deno.env.set(VARIABLE, set);
  }
});
