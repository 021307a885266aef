/**
 * Runs the tests on WebGPU: `deno task test:webgpu`, with what `deno test` takes. Without an adapter it says so in
 * a line, which in CI is a failure.
 */
import "@tapegrad/backends";
import { openBackend } from "@tapegrad/core";
import { root } from "./house/packages.ts";
import { asksHelp, helpOf } from "./task.ts";

/** Those that choose their backends themselves, or none: `deno task test:unit` runs them. */
const apart = ["e2e", "conformance", "backends/webgpu", "house", "std"];

async function reasonAgainst(): Promise<string | undefined> {
  try {
    using backend = await openBackend("webgpu");
    console.log(`The tests on WebGPU: ${backend.description}`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function run(args: readonly string[]): Promise<number> {
  const ignored = apart.map((folder) => `tests/${folder}`).join();
  const { code } = await new Deno.Command(Deno.execPath(), {
    // Side by side, since each waits for its device much of the time.
    args: ["task", "test:unit", "--parallel", `--ignore=${ignored}`, ...args],
    cwd: root,
    env: { TAPEGRAD_BACKEND: "webgpu" },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return code;
}

if (import.meta.main) {
  if (asksHelp(Deno.args)) {
    console.log(helpOf("test:webgpu", " [what deno test takes: files, flags]"));
    Deno.exit(0);
  }
  const reason = await reasonAgainst();
  if (reason === undefined) Deno.exit(await run(Deno.args));
  const required = Deno.env.get("CI") === "true";
  console.log(`The tests on WebGPU ${required ? "failed" : "were skipped"}: ${reason}`);
  Deno.exit(required ? 1 : 0);
}
