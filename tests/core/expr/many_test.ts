import { assert, assertEquals } from "@std/assert";
import { permitted } from "../../permitted.ts";

const test = permitted("read", "run");

const script = new URL("many.ts", import.meta.url);

async function run(perJob: number): Promise<{ grown: number; failed: number; again: number }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--v8-flags=--expose-gc", script.pathname, String(perJob)],
    stdout: "piped",
    stderr: "piped",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

// Tables of weak keys do not shrink, so that what was held at once, in one job, leaves some room behind.
for (const [perJob, most] of [[1000, 4000], [100_000, 12_000]]) {
  test(`100,000 distinct expressions, ${perJob} a job, are computed right and leave no trace`, async () => {
    const { grown, failed, again } = await run(perJob);
    assertEquals({ failed, again }, { failed: 0, again: 0 });
    assert(grown < most, `the heap grew by ${grown} kB`);
  });
}
