/** What the documents show as printed by a command, as far as it is the same on every machine. */
import { budgets, conformanceCases } from "@tapegrad/backends/conformance";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { written } from "../../bench/report/record.ts";
import { makeSite } from "../../demos/live/site.ts";
import { composites } from "../../backends/conformance/ops/composites.ts";
import { elementwise } from "../../backends/conformance/ops/elementwise.ts";
import { optionsFor } from "../conformance/own.ts";
import { readPacked } from "../proof/parity/packed.ts";
import { blocksOf, readBlocks } from "./examples.ts";
import conformanceDocument from "../../docs/conformance.md" with { type: "text" };
import readme from "../../README.md" with { type: "text" };
import { permitted } from "../permitted.ts";
import { root } from "./packages.ts";

const test = permitted("read", "run");
const read = (path: string): Promise<string> => Deno.readTextFile(new URL(path, root));

/** The cells of a block of text that begins with `head`, columns being apart by two blanks at least. */
function printed(text: string, head: string): string[][] {
  const { code } = blocksOf("a.md", text).find(({ code }) => code.startsWith(head))!;
  return code.trimEnd().split("\n").map((line) => line.split(/ {2,}/));
}

const conformance = printed(conformanceDocument, "op ").slice(1, -2);

Deno.test("the document's table of the conformance suite has the suite's rows, but for ops since", () => {
  const ops = [...new Set(conformanceCases(createCpuBackend(), optionsFor("cpu")).map(({ op }) => op))];
  const shown = conformance.map(([op]) => op), mend = "print it anew: deno task conformance --backend webgpu";
  assertEquals(shown.toSorted(), ops.filter((op) => shown.includes(op)).sort(), mend);
  const mayFollow = (op: string) => op in composites || op.replaceAll("′", "") in elementwise;
  const since = ops.filter((op) => !shown.includes(op) && !mayFollow(op));
  assertEquals(since, [], mend);
});

Deno.test("the document's table of the conformance suite keeps the budgets", () => {
  const own = { ...budgets, ...optionsFor("webgpu").budget };
  const columns = ["f16", "f32", "i32", "u32", "bool"];
  const over = conformance.flatMap(([op, ...cells]) =>
    cells.flatMap((cell, i) => {
      const budget = own[`${op} ${columns[i]}`] ?? own[op] ?? Infinity;
      const ulp = typeof budget === "number" ? budget : budget.ulp;
      if (["ok", "·"].includes(cell) || typeof ulp === "function") return [];
      return Number(cell) <= Math.max(ulp, 0.5) + 0.1 ? [] : [`${op} ${columns[i]}: ${cell}, not ${ulp}`];
    })
  );
  assertEquals(over, []);
});

test("documents and charts show the figures that are kept, and no others", async () => {
  const mend = "write them anew: deno task bench --readme";
  for (const [path, text] of await written()) assertEquals(await read(path), text, mend);
});

/** The rows of the table in Markdown that a text begins with, cell by cell. */
function table(text: string): string[][] {
  const lines = text.split("\n"), rows = lines.slice(0, lines.findIndex((line) => !line.startsWith("|")));
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("*", "")));
}

Deno.test("README's backends have the dtypes that it says", () => {
  const rows = table(readme.slice(readme.indexOf("| name  ")));
  const said = rows.find(([name]) => name === "`cpu`")!.at(-1)!.split(" ");
  assertEquals(said.sort(), [...createCpuBackend().dtypes].sort());
});

test("the page weighs about what README says", async () => {
  const site = await makeSite();
  const says = readme.replaceAll(/\s+/g, " ");
  const [, page, worker] = /about (\d+) kB and its worker about (\d+) kB, compressed/.exec(says)!;
  for (const [name, said] of [["page.js", page], ["worker.js", worker]]) {
    const stream = new Blob([site.get(name)!]).stream().pipeThrough(new CompressionStream("gzip"));
    const { byteLength } = await new Response(stream).arrayBuffer();
    assertLess(Math.abs(byteLength / 1000 / Number(said) - 1), 0.1, `${name} has ${byteLength} bytes`);
  }
});

test("the selection of PyTorch's samples is as large as its document says", async () => {
  const dumps = await readPacked(), text = (await read("tests/proof/parity/README.md")).replace(/\s+/g, " ");
  const samples = dumps.reduce((total, dump) => total + dump.samples.length, 0);
  assert(text.includes(`${samples} samples of ${dumps.length} operators`), `${samples}, ${dumps.length}`);
  assert(text.includes(`all ${dumps.length} operators of the selection`));
});

/** The lines of shell in the documents. */
async function readCommands(): Promise<{ readonly place: string; readonly line: string }[]> {
  const shell = (await readBlocks()).filter(({ info }) => info === "sh");
  return shell.flatMap(({ place, code }) =>
    code.split("\n").map((line) => ({ place, line: line.replace(/\s+#.*/, "") }))
  );
}

test("each task and each file in a command of the documents is there", async () => {
  const commands = await readCommands();
  const { tasks } = JSON.parse(await read("deno.json")), missing: string[] = [];
  for (const { place, line } of commands) {
    const task = /\btask (\S+)/.exec(line)?.[1];
    if (task && !(task in tasks)) missing.push(`${place}: task ${task}`);
    for (const [path] of line.matchAll(/\b(tests|demos|examples|bench)\/\S+\.(ts|py)\b/g)) {
      await read(path).catch(() => missing.push(`${place}: ${path}`));
    }
  }
  assertGreater(commands.length, 20);
  assertEquals(missing, []);
});

test("CI runs each command that README and CONTRIBUTING.md tell", async () => {
  const ci = await read(".ci/run");
  const told = (await readCommands()).filter(({ place }) => /^(README|CONTRIBUTING)\.md:/.test(place));
  const tasks = new Set(told.flatMap(({ line }) => /\btask (\S+)/.exec(line)?.[1] ?? []));
  const contained = ["check", "test:wasm", "test:webgpu", "dist"]; // by test and test:install
  assertEquals([...tasks].filter((task) => !contained.includes(task) && !ci.includes(` task ${task}`)), []);
});

Deno.test("README's first program learns from any seed", async () => {
  const { code } = blocksOf("README.md", readme).find(({ info }) => info === "ts")!;
  const { log } = console;
  console.log = () => {};
  try {
    for (let seed = 1; seed <= 10; seed++) {
      const seeded = `import { manualSeed } from "@tapegrad/tapegrad";\n${code}`
        .replace("\nconst model", `\nmanualSeed(${seed});\nconst model`);
      await import(`data:text/typescript,${encodeURIComponent(seeded)}`);
    }
  } finally {
    console.log = log;
  }
});
