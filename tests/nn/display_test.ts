import { profile, record, type Tensor, tensor, variable } from "@tapegrad/core";
import {
  Accuracy,
  BatchNorm1d,
  ConfusionMatrix,
  History,
  Linear,
  Module,
  Perplexity,
  readCsv,
  ReLU,
  RocAuc,
  Sequential,
  summary,
} from "@tapegrad/nn";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import "../backend_traits.ts";
import { bundleOf, cellsOf } from "../core/display/bundle.ts";

const i32 = { dtype: "i32" } as const;

Deno.test("a model is a table of its layers, with the tensors that are theirs and how many parameters", async () => {
  const model = new Sequential(
    new Linear(3, 8),
    new BatchNorm1d(8),
    new ReLU(),
    new Linear(8, 1, { bias: false }),
  );
  const bundle = await bundleOf(model);
  assertEquals(cellsOf(bundle["text/html"]), [
    ["layer", "tensors", "parameters"],
    ["Sequential", "", "–"],
    ["  0: Linear(3, 8)", "weight [8, 3], bias [8]", "32"],
    ["  1: BatchNorm1d(8)", cellsOf(bundle["text/html"])[3][1], "16"],
    ["  2: ReLU", "", "–"],
    ["  3: Linear(8, 1, no bias)", "weight [1, 8]", "8"],
    ["all", "", "56"],
  ]);
  assertMatch(cellsOf(bundle["text/html"])[3][1], /^weight \[8\], bias \[8\], running_mean \[8\], /);
  assertEquals(bundle["text/plain"], String(model));
});

Deno.test("tensors of several layers are counted once in all, and names are texts", async () => {
  class Odd extends Module {
    readonly "<b>&": Tensor = variable([1, 2]);
    readonly inner: { readonly "a\nb": Linear; readonly again: Tensor };

    constructor() {
      super();
      this.inner = { "a\nb": new Linear(1, 1), again: this["<b>&"] };
    }

    override forward(x: Tensor): Tensor {
      return x;
    }
  }
  const rows = cellsOf((await bundleOf(new Odd()))["text/html"]);
  assertEquals(rows[1], ["Odd", "&#60;b&#62;&#38; [2]", "2"]);
  assertEquals(rows[2].slice(1), ["weight [1, 1], bias [1]", "2"]);
  assertStringIncludes(rows[2][0], "inner.a\\u{a}b: Linear");
  assertEquals(rows[3], ["all", "", "4"]);
});

Deno.test("a summary and a profile are tables, with the text that consoles show beside", async () => {
  const found = summary(new Sequential(new Linear(3, 2), new ReLU()), [5, 3]);
  const bundle = await bundleOf(found), rows = cellsOf(bundle["text/html"]);
  assertEquals(rows[0], ["layer", "output", "parameters", "multiply-adds", "memory"]);
  assertEquals(rows[2], ["  0: Linear(3, 2)", "[5, 2]", "8", "30", "40 B"]);
  assertStringIncludes(bundle["text/html"], ">for [5, 3]; parameters and buffers take 32 B</caption>");
  assertEquals(bundle["text/plain"], String(found));
  const profiled = await bundleOf(await profile(() => tensor([1, 2]).exp()));
  assertEquals(cellsOf(profiled["text/html"])[0], ["op", "count", "time", "share", "bytes"]);
  assertMatch(profiled["text/plain"], /^op +count/);
});

Deno.test("a program is a chart", async () => {
  const [, program] = record((x: Tensor) => x.mul(2).add(1), tensor(3)), bundle = await bundleOf(program);
  const chart = bundle["application/vnd.vegalite.v5+json"] as unknown as Readonly<Record<string, unknown>>;
  assertEquals(chart.$schema, "https://vega.github.io/schema/vega-lite/v5.json");
  assert(Array.isArray(chart.layer));
  assertEquals(bundle["text/plain"], String(program));
});

Deno.test("a history is a chart, and a sentence in consoles", async () => {
  const history = new History();
  assertEquals((await bundleOf(history))["text/plain"], "no epoch yet");
  for (const loss of [3, 2]) {
    history.add({ epoch: 4 - loss, loss, metrics: {}, learningRate: 0.1, seconds: 1 });
  }
  history.stopped = { by: "signal", reason: "enough", epoch: 3, batch: 0 };
  const bundle = await bundleOf(history);
  const chart = bundle["application/vnd.vegalite.v5+json"] as unknown as Readonly<Record<string, unknown>>;
  assertEquals(chart.$schema, "https://vega.github.io/schema/vega-lite/v5.json");
  assertEquals(chart.datasets, history.toVegaLite().datasets);
  assertEquals(bundle["text/plain"], "2 epochs, at last a loss of 2.000; stopped: enough");
  assertEquals(Deno.inspect(history), bundle["text/plain"]);
});

Deno.test("metrics tell their value, or why there is none", async () => {
  const accuracy = new Accuracy();
  assertEquals(await bundleOf(accuracy), {
    "text/plain": "Accuracy: Cannot compute Accuracy of no samples: pass them to update() first",
  });
  accuracy.update(tensor([0, 1, 1, 1], i32), tensor([0, 1, 0, 1], i32));
  assertEquals(await bundleOf(accuracy), { "text/plain": "Accuracy: 0.75" });
  const area = new RocAuc();
  area.update(tensor([0.1, 0.2]), tensor([1, 1], i32));
  assertMatch(
    (await bundleOf(area))["text/plain"],
    /^RocAuc: Cannot compute RocAuc of class 1 with all samples/,
  );
  assertMatch((await bundleOf(new Perplexity()))["text/plain"], /^Perplexity: .* no samples/);
});

Deno.test("a confusion matrix is a table, and a sentence before it has samples", async () => {
  const matrix = new ConfusionMatrix(2);
  assertMatch((await bundleOf(matrix))["text/plain"], /^ConfusionMatrix: .* no samples/);
  matrix.update(tensor([0, 1, 1], i32), tensor([0, 0, 1], i32));
  const bundle = await bundleOf(matrix);
  assertEquals(cellsOf(bundle["text/html"]), [["class, taken for", "0", "1"], ["0", "1", "1"], [
    "1",
    "0",
    "1",
  ]]);
  assertEquals(
    bundle["text/plain"],
    "class, taken for  0  1\n0                 1  1\n1                 0  1",
  );
});

Deno.test("a table of data shows its first and last rows and columns, texts being texts", async () => {
  const long = "x".repeat(100);
  const table = await readCsv(`n,<i>\n1.5,a&b\n,${long}\n-2,\n`), bundle = await bundleOf(table);
  assertEquals(cellsOf(bundle["text/html"]), [
    ["", "n", "&#60;i&#62;"],
    ["0", "1.5", "a&#38;b"],
    ["1", "–", `${"x".repeat(39)}…`],
    ["2", "-2", "–"],
  ]);
  assertStringIncludes(bundle["text/html"], ">3 rows, 2 columns</caption>");
  assertEquals(bundle["text/plain"], String(table));
  const names = Array.from({ length: 30 }, (_, i) => `c${i}`), row = names.map((_, i) => i).join(",");
  const wide = await readCsv([names.join(","), ...new Array(50).fill(row)].join("\n"));
  const cells = cellsOf((await bundleOf(wide))["text/html"]);
  assertEquals([cells.length, cells[0].length], [22, 22]);
  assertEquals(cells[12], [
    "40",
    ..."0123456789".split(""),
    "…",
    ...names.slice(20).map((_, i) => `${20 + i}`),
  ]);
});
