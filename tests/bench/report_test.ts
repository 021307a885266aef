import { ratioChart } from "../../bench/report/chart.ts";
import { missed, toJson } from "../../bench/report/figures.ts";
import { markers, summary, withFigures } from "../../bench/report/readme.ts";
import { report } from "../../bench/report/table.ts";
import { specification, svg } from "../../demos/charts/drawing.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { schemaErrors, warnings } from "../demos/schema.ts";
import { permitted } from "../permitted.ts";
import { figures } from "./figures.ts";

const test = permitted("run");

Deno.test("a run is told line by line, with its goals, its machine and its versions", () => {
  const lines = report(figures).split("\n");
  assertMatch(lines[0], /^work +dtype +unit +tapegrad +GFLOP\/s +peer +time +ratio +goal +from-to$/);
  assertMatch(lines[3], /^chain +f32 +ms +2\.00 +tapegrad \(cpu\) +100 +50\.0 +40\.0-60\.0$/);
  assertMatch(lines[5], /^ +jax-js, jit +2\.00 +1\.00 +2 +0\.500-1\.50$/);
  assertMatch(lines[6], /^ +TensorFlow\.js +none +2 +wrong answer: number 0 is 1 where/);
  assertMatch(
    lines[8],
    /^sgemm: 512 A·B +f32 +ms +2\.00 +64\.0 +128-bit peak \(relaxed madd\) +1\.85 +0\.925 +0\.85 +0\.900-0\.950$/,
  );
  const text = lines.join("\n");
  assertStringIncludes(
    text,
    "commit abcdef0; tapegrad on its wasm backend beside jax-js 0.1.25, TensorFlow.js 4.22.0",
  );
  assertStringIncludes(text, "clock 2.00 GHz, times 16 32.0 GFLOP/s");
  assertStringIncludes(
    text,
    "below their goals:\n  chain, jax-js, jit: 1.00 of 2\n  sgemm: 512 A·B, jax-js, eager: 1.25 of 1.5",
  );
});

Deno.test("on a device it says which, and what an adapter in software is worth", () => {
  const machine = { ...figures.machine, adapter: "llvmpipe (LLVM 15)" }, onDevice = { ...figures, machine };
  assertStringIncludes(report(figures), "; on one thread each, median of 2 rounds");
  for (const text of [report(onDevice), summary([onDevice]).replaceAll("\n", " ")]) {
    assertStringIncludes(text, "on llvmpipe (LLVM 15), in software, which says nothing about a GPU, ");
  }
});

Deno.test("goals are those of the work and the size", () => {
  const all = missed(figures.rows).map(({ row, peer, least }) => [row.work, peer.how, least]);
  assertEquals(all, [["chain", "jit", 2], ["sgemm", "eager", 1.5]]);
  const small = figures.rows.map((row) => ({ ...row, label: "256 A·B" }));
  assertEquals(missed(small).map(({ row }) => row.work), ["chain"]);
});

Deno.test("figures are read from their file as they were", () => {
  assertEquals(JSON.parse(toJson(figures)), JSON.parse(JSON.stringify(figures)));
  assertEquals(toJson(figures).split("\n").length, 39);
});

Deno.test("the chart is valid, compiles without a warning and is drawn", async () => {
  const chart = ratioChart(figures), { spec } = chart;
  assertEquals(schemaErrors(JSON.parse(specification(chart))), []);
  assertEquals(warnings(spec), []);
  assertStringIncludes(String(spec.description), "5 of 6 points are at 1 or right of it");
  const points = spec.datasets!.points as { peer: string }[];
  assertEquals(points.map(({ peer }) => peer).filter((peer) => peer.includes("peak")), []);
  assertMatch(await svg(chart), /^<svg [^]*jax-js, jit[^]*<\/svg>$/);
});

Deno.test("README's tables have each peer's ratio, in bold where we are slower", () => {
  const text = summary([figures]);
  assertMatch(
    text,
    /^\| tanh\(2x \+ 1\)·x on 10⁶ elements \(2\.00 ms\) +\| 50 +\| 4\.0 +\| 1\.0 +\| +\| \*\*0\.25\*\* \|$/m,
  );
  assertMatch(text, /^\| 512 A·B \| 64\.0 +\| 0\.925 +\| 1\.3 +\|$/m);
  assertStringIncludes(text, "takes so many µs: add 2.00.");
  assert(
    text.split("\n").every((line) => line.startsWith("|") || line.startsWith("!") || line.length <= 110),
  );
});

Deno.test("a document keeps what is outside of the marks, and must have them", () => {
  const text = `before\n\n${markers[0]}\n\nold\n\n${markers[1]}\n\nafter\n`;
  assertEquals(withFigures(text, "new"), text.replace("old", "new"));
  assertThrows(() => withFigures("nothing", "new"), RangeError, "No place for figures");
});

test("what is written stands as the formatter would have it", async () => {
  // Names of any length, so that lines break anywhere.
  const machines = Array.from(
    { length: 60 },
    (_, i) => ({ ...figures.machine, cpu: `A CPU ${"x".repeat(i)}` }),
  );
  const text = `${summary(machines.map((machine) => ({ ...figures, machine })))}\n`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--line-width=110", "--ext=md", "-"],
    cwd: "/",
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await new Blob([text]).stream().pipeTo(child.stdin);
  assertEquals(new TextDecoder().decode((await child.output()).stdout), text);
});
