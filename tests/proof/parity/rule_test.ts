/** Rows of parity rename and reorder: what they compute themselves is not compared with PyTorch. */
import "@tapegrad/backends";
import { assertEquals } from "@std/assert";
import { permitted } from "../../permitted.ts";
import { breaches, readSource } from "./rule.ts";
import { composing } from "./composing.ts";

const test = permitted("read");
const folder = new URL("./operators/", import.meta.url);

function brokenIn(rows: string, above = ""): string[] {
  const text = `import * as t from "@tapegrad/core";\n${above}\nexport const rows = { ${rows} };`;
  return breaches(new Map([["a.ts", readSource(text)]]))["a.ts"] ?? [];
}

test("arithmetic and more than one call of ours break the rule, choices between calls do not", () => {
  assertEquals(brokenIn(`"a": (c) => t.sum(c.tensor(0), c.number(1, "dim", -1))`), []);
  assertEquals(brokenIn(`"a": (c) => t.sum(t.neg(c.tensor(0)))`), ["a"]);
  assertEquals(brokenIn(`"a": (c) => t.sum(c.tensor(0).neg())`), ["a"]);
  assertEquals(brokenIn(`"a": (c) => t.sum(c.tensor(0), c.number(1) - 1)`), ["a"]);
  assertEquals(brokenIn(`"a": (c) => c.count > 1 ? t.sum(c.tensor(0)) : t.max(c.tensor(0))`), []);
  assertEquals(brokenIn(`"a": (c) => c.count > 1 ? t.sum(t.neg(c.tensor(0))) : t.max(c.tensor(0))`), ["a"]);
  assertEquals(
    brokenIn(`"a": along(t.sum), "b": along(t.max)`, "function along(op) { return (c) => op(c.tensor(0)); }"),
    [],
  );
  const twice = "function along(op) { return (c) => op(op(c.tensor(0))); }";
  assertEquals(brokenIn(`"a": along(t.sum), "b": (c) => t.max(c.tensor(0).shape.slice(1))`, twice), ["a"]);
  assertEquals(
    brokenIn(`"a": f`, "function f(c) { return g(c); }\nconst g = (c) => t.sum(c.tensor(0)).add(1);"),
    ["a"],
  );
});

test("no other rows of PyTorch's operators break the rule than those listed, and these do", async () => {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".ts"))
    .sort();
  const sources = await Promise.all(
    files.map(async (name) => [name, readSource(await Deno.readTextFile(new URL(name, folder)))] as const),
  );
  const mend =
    "take rows that no longer compute off the list in composing.ts, and let others call one function";
  assertEquals(breaches(new Map(sources)), composing, mend);
});
