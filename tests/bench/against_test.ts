import { comparison } from "../../bench/against/table.ts";
import { Conversation } from "../../bench/harness/conversation.ts";
import { quick } from "../../bench/harness/measure.ts";
import { compile, compileOf } from "../../bench/works/program.ts";
import { works } from "../../bench/works/mod.ts";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { permitted } from "../permitted.ts";
import { figures, peer } from "./figures.ts";

const test = permitted("run", "read");

Deno.test("two revisions are compared by medians and least times, and by each round", () => {
  const [, row] = figures.rows,
    failed = { library: "tapegrad", how: "cpu", error: "x.relu is not a function" };
  const rows = [{ ...row, peers: [peer("tapegrad", "cpu", [1, 5])] }, { ...row, peers: [failed] }];
  const lines = comparison(rows, { here: "a on wasm", there: "b on cpu", rounds: 2 }).split("\n");
  assertMatch(lines[2], /^chain +f32 +ms +2\.00 +2\.00 +3\.00 +1\.00 +1\.50 +0\.500 +0\.500-2\.50$/);
  assertMatch(lines[3], /^chain +f32 +ms +2\.00 +2\.00 +none +x\.relu is not a function$/);
  assertEquals(lines[5].split(";").slice(0, 2), ["here: a on wasm", " there: b on cpu"]);
});

Deno.test("of a revision without compile only what is compiled cannot be measured", () => {
  assertThrows(() => compileOf({}), Error, "the revision has no compile");
  assertEquals(compileOf({ compile }), compile);
});

test("no work names compile as an import, without which an older revision would not load it", async () => {
  const folder = new URL("../../bench/works/", import.meta.url);
  assertEquals(works.some(({ compiled }) => compiled !== undefined), true);
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(new URL(name, folder));
    assertEquals(/import \{[^}]*\bcompile\b[^}]*\} from "@/.test(text), false, name);
  }
});

const CHILD = new URL("../../bench/against/child.ts", import.meta.url).pathname;

function start(...args: readonly string[]): Promise<Conversation<{ backend: string }>> {
  const permissions = ["--allow-read", "--allow-env=TAPEGRAD_BACKEND", "--no-prompt", "--no-check"];
  return Conversation.start({ command: Deno.execPath(), args: ["run", ...permissions, CHILD, ...args] });
}

test("a process of ours answers and measures what it is asked for, and says what it cannot", async () => {
  const child = await start("cpu"), given = { op: "add" } as const;
  assertEquals(child.about, { backend: "cpu" });
  const contender = child.contender("overhead", given);
  assertEquals(await contender.answer(), [3]);
  assertEquals(await contender.measure(quick) > 0, true);
  await assertRejects(() => child.ask({ work: "sgemm", given }), Error, "undefined");
  assertEquals(await contender.answer(), [3]);
  await child.close();
});

test("a process that cannot begin says why", async () => {
  await assertRejects(() => start("abacus"), Error, 'Cannot use backend "abacus"');
  const gone = Conversation.start({ command: Deno.execPath(), args: ["run", "no_such_file.ts"] });
  await assertRejects(() => gone, Error, "no_such_file.ts");
});
