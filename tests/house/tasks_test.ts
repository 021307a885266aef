import config from "../../deno.json" with { type: "json" };
import { assertEquals, assertMatch } from "@std/assert";
import { permitted } from "../permitted.ts";
import { root } from "./packages.ts";

const test = permitted("read", "run");

async function ask(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...args],
    cwd: root,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

for (const name of Object.keys(config.tasks)) {
  if (name === "bench") continue; // its lock file would have the peers downloaded first
  test(`deno task ${name} --help says how to use it, and does nothing else`, async () => {
    const { code, stdout, stderr } = await ask(name, "--help");
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, new RegExp(`^\\S[^\\n]*\\.\\n\\nUsage: deno task ${name}\\b`));
    assertMatch(stdout, /\n {2}--help +prints this/);
  });
}

for (const name of ["check", "size", "test"]) {
  test(`deno task ${name} refuses what it does not know`, async () => {
    const { code, stdout, stderr } = await ask(name, "--fast");
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr, `error: Unknown argument "--fast": see deno task ${name} --help\n`);
  });
}

test("a task passes on what it is given, and how that ended", async () => {
  assertEquals((await ask("test:unit", "--no-check", "tests/house/tar_is_not_here.ts")).code, 1);
  const { code, stdout } = await ask("test:unit", "--no-check", "tests/std/testing");
  assertEquals(code, 0);
  assertMatch(stdout, /\bok \| 2 passed/);
});
