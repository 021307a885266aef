import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { elementwise as rows, torchNames } from "../../../backends/conformance/ops/elementwise.ts";
import { floats, precision } from "../../backend_traits.ts";
import { permitted } from "../../permitted.ts";
import getItem from "./indexed/__getitem__.json" with { type: "text" };
import { compareOperator } from "./compare.ts";
import { main } from "./main.ts";
import { families, notCovered, operators } from "./operators.ts";
import { spelled } from "./operators/elementwise.ts";
import { packed, readPacked } from "./packed.ts";
import type { Dump } from "./sample.ts";

const selection = await readPacked(), dumps = new Map(selection.map((dump) => [dump.op, dump]));

for (const [family, table] of Object.entries(families)) {
  for (const float of floats) {
    Deno.test(`${family} as in PyTorch, to second order, in ${float}`, async () => {
      const wrong: string[] = [];
      for (const [op, operator] of Object.entries(table)) {
        const dump = dumps.get(op);
        if (!dump) continue;
        const { failures, compared } = await compareOperator(dump, operator, float);
        if (compared === 0) wrong.push(`${op}: no sample`);
        wrong.push(...failures.map((failure) => `${op}: ${failure}`));
      }
      assertEquals(wrong, []);
    });
  }
}

const indexed: Dump = JSON.parse(getItem);

for (const float of floats) {
  Deno.test(`x[key] as in PyTorch, whatever stands beside what in the key, in ${float}`, async () => {
    const { failures, compared } = await compareOperator(indexed, operators.get("__getitem__")!, float);
    assertEquals([compared, failures], [29, []]);
  });
}

Deno.test("every operator of the selection is compared, and no operator is both in a table and left out", () => {
  assertEquals([...dumps.keys()].filter((op) => !operators.has(op)), []);
  assertEquals([...operators.keys()].filter((op) => notCovered.has(op)), []);
  const named = Object.values(families).reduce((total, table) => total + Object.keys(table).length, 0);
  assertEquals(operators.size, named, "an operator is in two families");
  assertEquals(dumps.size, selection.length, "an operator is packed twice");
});

Deno.test("only what rows name is spelled, and two ops share a name only where it is", () => {
  const names = Object.keys(rows).flatMap(torchNames);
  const shared = names.filter((name, i) => names.indexOf(name) !== i);
  assertEquals(Object.keys(spelled).filter((name) => !names.includes(name)), []);
  assertEquals(shared.filter((name) => !(name in spelled)), []);
});

Deno.test("the selection stays small", () => {
  const bytes = Object.values(packed).reduce((total, { length }) => total + length, 0);
  assert(bytes < 600_000, `${bytes} bytes`);
});

function failedStages(dump: Dump, by: string): Promise<string[]> {
  return compareOperator(dump, operators.get(by)!, precision).then(({ tally }) =>
    Object.entries(tally).flatMap(([stage, { failed }]) => failed > 0 ? [stage] : [])
  );
}

Deno.test("the comparison finds a wrong value, a wrong gradient and a wrong shape", async () => {
  assertEquals(await failedStages(dumps.get("sin")!, "cos"), ["value", "gradient", "forward", "second"]);
  assertEquals(await failedStages(dumps.get("maximum")!, "fmax"), []);
  assertEquals(await failedStages(dumps.get("sum")!, "flatten"), ["value", "gradient", "forward"]);
});

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: unknown[] = [], keep = (...parts: unknown[]) => void lines.push(...parts);
  return { code: await main(args, { log: keep, error: keep }), text: lines.join("\n") };
}

Deno.test("the command prints a row an operator and a summary", async () => {
  const { code, text } = await run("--ops", "sin|softmax");
  assertEquals(code, 0);
  assert(/^sin +1 +ok +ok +ok +ok /m.test(text), text);
  assertStringIncludes(text, "2 operators: 2 passed, 0 failed, 0 not covered, 0 unknown");
});

permitted("read", "write")("an operator in neither table, and a wrong number, fail the command", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const write = (op: string, dump: Dump) =>
      Deno.writeTextFile(`${directory}/${op}.json`, JSON.stringify({ ...dump, op }));
    await write("sin", dumps.get("sin")!);
    await write("bfloat16", dumps.get("sin")!);
    assertEquals((await run(directory)).code, 0);
    await write("new_operator", dumps.get("sin")!);
    const unknown = await run(directory);
    assertEquals(unknown.code, 1);
    assertStringIncludes(unknown.text, "1 passed, 0 failed, 1 not covered, 1 unknown");
    await write("new_operator", dumps.get("cos")!);
    await write("sin", dumps.get("cos")!);
    assertEquals((await run(directory, "--ops", "sin")).code, 1);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("bad arguments give one line and 2", async () => {
  const wrong = [
    ["a", "b"],
    ["/nowhere"],
    ["--ops", "("],
    ["--ops", "none"],
    ["--dtype", "f16"],
    ["--what"],
    [
      "--backend",
      "none",
    ],
  ];
  for (const args of wrong) {
    const { code, text } = await run(...args);
    assertEquals(code, 2, args.join(" "));
    assertStringIncludes(text, "error: ");
  }
  assertEquals((await run("--help")).code, 0);
});
