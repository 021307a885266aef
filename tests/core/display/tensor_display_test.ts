import {
  arange,
  full,
  memory,
  noGrad,
  scope,
  type Tensor,
  tensor,
  variable,
  vmap,
  zeros,
} from "@tapegrad/core";
import "@tapegrad/core/display";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { backend, testWith } from "../../backend_traits.ts";
import { bundleOf, cellsOf } from "./bundle.ts";

async function htmlOf(x: object): Promise<string> {
  return (await bundleOf(x))["text/html"];
}

/** What stands above the tables. */
async function factsOf(x: object): Promise<string> {
  return /<p>(.*?)<\/p>/.exec(await htmlOf(x))![1];
}

// The first here: what other tests leave to the collector would be counted, and collected meanwhile.
Deno.test("display leaves nothing in memory, and nothing on the tape", async () => {
  const x = scope(() => noGrad(() => variable(zeros([300, 300]))));
  await bundleOf(x);
  const before = memory().buffers;
  await bundleOf(x);
  assertEquals(memory().buffers, before);
  assert(x.isLeaf && x.grad === null);
});

Deno.test("a small matrix is a table of all its elements, with its positions, and the text that consoles show", async () => {
  const x = tensor([[1, 2.5], [-3, 4]]), bundle = await bundleOf(x);
  assertEquals(cellsOf(bundle["text/html"]), [["", "0", "1"], ["0", "1.0000", "2.5000"], [
    "1",
    "-3.0000",
    "4.0000",
  ]]);
  assertEquals(await factsOf(x), `f32 [2, 2], on ${backend.name}`);
  assertEquals(
    bundle["text/plain"],
    "tensor([[ 1.0000,  2.5000],\n        [-3.0000,  4.0000]], f32 [2, 2])",
  );
});

Deno.test("scalars, vectors, parameters and truth values are shown by what they are", async () => {
  assertEquals(cellsOf(await htmlOf(tensor(3))), [[], ["3."]]);
  assertEquals(cellsOf(await htmlOf(tensor([5, 6], { dtype: "i32" }))), [["", "0", "1"], ["", "5", "6"]]);
  assertEquals(cellsOf(await htmlOf(tensor([true, false])))[1], ["", "true", "false"]);
  assertEquals(await factsOf(variable([1])), `f32 [1], requiresGrad, on ${backend.name}`);
  assertEquals((await bundleOf(tensor([true, false])))["text/plain"], "tensor([ true, false], bool [2])");
});

Deno.test("what is no number is shown as such", async () => {
  const x = tensor([NaN, Infinity, -Infinity, 1.5]);
  assertEquals(cellsOf(await htmlOf(x))[1], ["", "nan", "inf", "-inf", "1.5000"]);
});

Deno.test("empty tensors have no table, of whatever shape", async () => {
  for (const shape of [[0], [0, 3], [2, 0], [0, 4, 5]]) {
    const bundle = await bundleOf(zeros(shape));
    assertEquals(cellsOf(bundle["text/html"]), []);
    assertEquals(bundle["text/plain"], `tensor([], f32 [${shape.join(", ")}])`);
  }
});

Deno.test("of a large tensor the edges are shown, and its range", async () => {
  const x = arange(10_000, { dtype: "f32" }).reshape([100, 100]),
    html = await htmlOf(x),
    rows = cellsOf(html);
  assertEquals(rows.length, 22);
  assertEquals(rows[0], [
    "",
    ..."0123456789".split(""),
    "…",
    ...Array.from({ length: 10 }, (_, i) => `${90 + i}`),
  ]);
  assertEquals([rows[10][0], rows[11][0], rows[12][0]], ["9", "…", "90"]);
  assertEquals([rows[1][1], rows[1].at(-1), rows[21][1], rows[21].at(-1)], ["0.", "99.", "9900.", "9999."]);
  assertEquals(await factsOf(x), `f32 [100, 100], on ${backend.name}, from 0 to 9999, mean 5000`);
});

Deno.test("ranges leave NaN out and count them, of integers and truth values too", async () => {
  const ramp = Array.from({ length: 50 }, (_, i) => i % 5 === 0 ? NaN : i);
  assertMatch(
    await factsOf(tensor(ramp)),
    /from 1 to 49, mean 25, and 10 NaN$/,
  );
  assertMatch(await factsOf(full([50], NaN)), /, all NaN$/);
  assertMatch(await factsOf(arange(50, { dtype: "i32" })), /from 0 to 49, mean 24.5$/);
  assertMatch(await factsOf(arange(50).greater(39)), /from 0 to 1, mean 0.2$/);
  assertMatch(await factsOf(full([50], -Infinity)), /from -Infinity to -Infinity, mean -Infinity$/);
});

Deno.test("views are shown as they are seen, transposed, stepped, expanded and backwards", async () => {
  const x = arange(60, { dtype: "i32" }).reshape([2, 30]);
  assertEquals(cellsOf(await htmlOf(x.transpose())).at(-1), ["29", "29", "59"]);
  assertEquals(cellsOf(await htmlOf(x.slice(1, [null, null, -7]))), [
    ["", "0", "1", "2", "3", "4"],
    ["", "59", "52", "45", "38", "31"],
  ]);
  assertEquals(cellsOf(await htmlOf(tensor([[1], [2]]).expand([2, 3])))[2], ["1", "2.", "2.", "2."]);
});

Deno.test("of higher ranks a few matrices are shown, under their indices", async () => {
  const html = await htmlOf(arange(24, { dtype: "i32" }).reshape([2, 1, 3, 4]));
  assertEquals([...html.matchAll(/<caption[^>]*>(.*?)</g)].map(([, text]) => text), [
    "[0, 0, :, :]",
    "[1, 0, :, :]",
  ]);
  assertEquals(cellsOf(html).at(-1), ["2", "20", "21", "22", "23"]);
  const many = await htmlOf(zeros([3, 5, 2, 2]));
  assertEquals([...many.matchAll(/<caption[^>]*>(.*?)</g)].map(([, text]) => text), [
    "[0, 0, :, :]",
    "[0, 1, :, :]",
    "[2, 3, :, :]",
    "[2, 4, :, :]",
  ]);
  assertStringIncludes(many, "</table><p>…</p><table");
  assertEquals(cellsOf(await htmlOf(zeros(new Array(12).fill(3)))).length, 4 * 4);
});

Deno.test("tensors that are gone, or stand for a batch, are told of in words", async () => {
  const x = tensor([[1, 2]]);
  x.dispose();
  assertEquals(await bundleOf(x), { "text/plain": "tensor(<disposed>, f32 [1, 2])" });
  let shown: Promise<Readonly<Record<string, string>>> | undefined;
  vmap((row: Tensor) => {
    shown = bundleOf(row);
    return row;
  })(tensor([[1, 2]]));
  assertEquals(Object.keys(await shown!), ["text/plain"]);
});

Deno.test("a tensor on its way is waited for", async () => {
  const x = tensor([1, 2]).to("cpu");
  assertEquals((await bundleOf(x))["text/plain"], "tensor([1., 2.], f32 [2])");
});

testWith({ another: true }, "of a large tensor its edges alone are read", async () => {
  const x = zeros([1000, 1000]), lengths: number[] = [], { read } = backend;
  backend.read = (views) => {
    lengths.push(...views.map(({ shape }) => shape.reduce((product, n) => product * n, 1)));
    return read.call(backend, views);
  };
  try {
    await bundleOf(x);
  } finally {
    Reflect.deleteProperty(backend, "read");
  }
  assertEquals(lengths, [100, 100, 100, 100, 1, 1, 1, 1]);
});
