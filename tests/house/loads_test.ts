import { assertEquals } from "@std/assert";
import { circleIn, climbs, loadsOf, readLoads } from "./loads.ts";
import { folders, root } from "./packages.ts";
import { sources } from "./survey.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read", "run");

for (const part of folders.filter((folder) => folder !== ".")) {
  test(`the files of ${part} load each other without a circle`, async () => {
    assertEquals(circleIn(await readLoads(part)), []);
  });
}

test("a folder of core loads those below it and none above", async () => {
  assertEquals(climbs(await readLoads("core")), []);
});

Deno.test("types are free, whatever else is imported counts", () => {
  const free = ['import type { A } from "./a.ts";', 'import { type A } from "./a.ts";', "type A = 1;"];
  const counted = ['import { type A, b } from "./a.ts";', 'export * from "./a.ts";', 'import "./a.ts";'];
  for (const text of free) assertEquals(loadsOf("core/ops/b.ts", text), []);
  for (const text of counted) assertEquals(loadsOf("core/ops/b.ts", text), ["core/ops/a.ts"]);
  assertEquals(loadsOf("nn/b.ts", 'import { add } from "@tapegrad/core";'), []);
});

Deno.test("a circle and a step upward are found", () => {
  const circle = new Map([["core/a.ts", ["core/b.ts"]], ["core/b.ts", ["core/c.ts"]], ["core/c.ts", [
    "core/b.ts",
  ]]]);
  assertEquals(circleIn(circle), ["core/b.ts", "core/c.ts", "core/b.ts"]);
  const climb = new Map([["core/call/a.ts", ["core/tape/b.ts", "core/base/c.ts"]], ["core/attic/d.ts", []]]);
  assertEquals(climbs(climb), [
    "core/call/a.ts loads core/tape/b.ts, which is above it: import its types alone, or move what it needs down",
    "core/attic/d.ts stands in no storey: add it to storeys",
  ]);
});

async function loadFault(file: string): Promise<string | null> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-prompt", file],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  return success ? null : `${file}: ${new TextDecoder().decode(stderr)}`;
}

test("every file of core can be loaded first, in a process of its own", async () => {
  const files = await sources("core"), found: string[] = [];
  const work = async () => {
    for (let file = files.pop(); file; file = files.pop()) {
      const fault = await loadFault(file);
      if (fault) found.push(fault);
    }
  };
  await Promise.all([work(), work(), work()]);
  assertEquals(found, []);
});

/** Counters, and what is asked before each op whether there is anything to ask. */
const lasting = ["clock", "identities", "made", "observed", "pending", "store", "waiting"];

test("what surrounds a call is in core's one context: what else changes in a module lasts", async () => {
  const texts = (await sources("core")).map((file) => Deno.readTextFile(new URL(file, root)));
  const found = (await Promise.all(texts)).flatMap((text) => [...text.matchAll(/^(?:export )?let (\w+)/gm)]);
  assertEquals(found.map(([, name]) => name).sort(), lasting);
});
