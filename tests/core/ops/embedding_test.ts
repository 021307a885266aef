/** Embeddings and similarities where others went wrong, and what they refuse. */
import "@tapegrad/backends";
import * as tg from "@tapegrad/core";
import { embedding, embeddingBag, IndexError, type Tensor, tensor, variable, vmap } from "@tapegrad/core";
import { Bilinear, Embedding, EmbeddingBag, Linear, PixelShuffle, Upsample } from "@tapegrad/nn";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { assertRefuses } from "../../backend_traits.ts";
import { storageOf } from "../../../core/tensor/internals.ts";

const wrong = (value: unknown) => value as never;

function ints(...values: number[]): Tensor {
  return tensor(values, { dtype: "i32" });
}

const rows = [[1, 5], [2, 4], [3, 3], [9, 9]];

// PyTorch's issue 190063: it takes the frequency of another row.
Deno.test("the gradient to a row of a bag is divided by the frequency of that row", async () => {
  const w = variable(rows), options = { offsets: ints(0), mode: "sum", scaleGradByFreq: true } as const;
  embeddingBag(ints(1, 1, 3), w, options).sum().backward();
  assertEquals(await w.grad!.array(), [[0, 0], [1, 1], [0, 0], [1, 1]]);
});

// PyTorch 1.13 writes beyond its memory in the gradient.
Deno.test("what lies behind the last offset is in no bag", async () => {
  const options = { offsets: ints(0, 2, 3), includeLastOffset: true };
  for (const [mode, first] of [["sum", [3, 9]], ["mean", [1.5, 4.5]], ["max", [2, 5]]] as const) {
    const w = variable(rows), y = embeddingBag(ints(0, 1, 2, 3, 1), w, { ...options, mode });
    assertEquals(await y.array(), [[...first], [3, 3]], mode);
    y.sum().backward();
    assertEquals(await w.grad!.slice(3).array(), [0, 0]);
  }
});

Deno.test("bags without any row, or of padding alone, are 0 and have no gradient", async () => {
  for (const mode of ["sum", "mean", "max"] as const) {
    const w = variable(rows);
    const none = embeddingBag(ints(3, 3), w, { offsets: ints(0, 2, 2), paddingIdx: 3, mode });
    none.sum().backward();
    assertEquals(await none.array(), [[0, 0], [0, 0], [0, 0]], mode);
    assertEquals(await w.grad!.array(), rows.map(() => [0, 0]), mode);
    const empty = embeddingBag(ints(), w, { offsets: ints(0, 0), mode });
    assertEquals(await empty.array(), [[0, 0], [0, 0]], mode);
  }
});

Deno.test("of rows that are equally large the first has the gradient", async () => {
  const w = variable([[7, 1], [7, 2], [7, 2]]);
  embeddingBag(ints(1, 2, 0), w, { offsets: ints(0), mode: "max" }).sum().backward();
  assertEquals(await w.grad!.array(), [[0, 0], [1, 1], [0, 0]]);
});

Deno.test("rows that are looked up are shortened in the table itself, others are not", async () => {
  const w = variable([[3, 4], [6, 8], [0.1, 0]]);
  const y = embedding(ints(1, 2), w, { maxNorm: 1 });
  const [long, short] = [[3, 4], [0.1, 0]].map((row) => row.map(Math.fround));
  const [first, second, third] = await w.array() as number[][];
  assertEquals([first, third], [long, short]);
  assertEquals(second.map((v) => v.toFixed(5)), ["0.60000", "0.80000"]);
  assertEquals(await y.slice(1).array(), short);
  y.sum().backward();
  assertEquals(await w.grad!.array(), [[0, 0], [1, 1], [1, 1]]);
});

Deno.test("indices of any shape, empty ones and scalars name rows; others are refused", async () => {
  const w = tensor(rows);
  assertEquals(embedding(tg.zeros([2, 0, 3], { dtype: "i32" }), w).shape, [2, 0, 3, 2]);
  assertEquals(await embedding(tensor(3, { dtype: "u32" }), w).array(), [9, 9]);
  for (const index of [-1, 4]) await assertRefuses(() => embedding(ints(index), w), IndexError);
});

Deno.test("a table is mapped over, and so are indices", async () => {
  const tables = tg.stack([tensor(rows), tensor(rows).mul(2)]),
    index = tensor([[0, 1], [2, 2]], { dtype: "i32" });
  const each = vmap((w: Tensor, i: Tensor) => embedding(i, w, { paddingIdx: 0 }));
  assertEquals(await each(tables, index).array(), [[[1, 5], [2, 4]], [[6, 6], [6, 6]]]);
  const bags = vmap((w: Tensor) => embeddingBag(index, w, { mode: "max" }));
  assertEquals(await bags(tables).array(), [[[2, 5], [3, 3]], [[4, 10], [6, 6]]]);
});

Deno.test("rows of padding start as zeros; a given table is the layer's", async () => {
  const { weight } = new Embedding(3, 2, { paddingIdx: -1, key: tg.key(1) });
  assertEquals(await weight.slice(2).array(), [0, 0]);
  assertEquals(weight.requiresGrad, true);
  const table = tensor(rows), frozen = EmbeddingBag.fromPretrained(table, { mode: "max" });
  assertStrictEquals(storageOf(frozen.weight), storageOf(table));
  assertEquals([frozen.parameters().length, frozen.buffers().length], [0, 1]);
  assertEquals(Embedding.fromPretrained(table, { freeze: false }).parameters().length, 1);
  assertStrictEquals(new Embedding(4, 2, { weight: table }).weight, table);
});

Deno.test("vectors that are equal or 0 have gradients without NaN", async () => {
  for (const order of [0, 0.5, 1, 1.5, 2, 3, Infinity]) {
    const x = variable([[1, 2], [1, 2], [0, 0]]);
    tg.cdist(x, x, { p: order }).sum().backward();
    assertEquals((await x.grad!.data()).some(Number.isNaN), false, `cdist by ${order}`);
  }
  const zero = variable([[0, 0]]), other = tensor([[1, 2]]);
  tg.cosineSimilarity(zero, other).add(tg.normalize(zero).sum()).sum().backward();
  assertEquals((await zero.grad!.data()).some(Number.isNaN), false);
});

Deno.test("a distance of no coordinates is 0, and so many of none", async () => {
  for (const p of [0, 1, 2, Infinity]) {
    assertEquals(await tg.cdist(tg.zeros([2, 0]), tg.zeros([1, 0]), { p }).array(), [[0], [0]]);
    assertEquals(tg.cdist(tg.zeros([0, 3]), tg.zeros([2, 3]), { p }).shape, [0, 2]);
  }
});

Deno.test("layers print what they were made with", () => {
  const layers = [
    new Embedding(5, 2),
    new EmbeddingBag(5, 2),
    new Bilinear(2, 3, 1, { bias: false }),
    new PixelShuffle(2),
    new Upsample({ size: [2, 3] }),
  ];
  assertEquals(
    layers.map((layer) => String(layer).split(/,? \d+ param/)[0].replace(/, \d+ parameters/, "")),
    [
      "Embedding(5, 2)",
      "EmbeddingBag(5, 2, mean)",
      "Bilinear(2, 3, 1, no bias)",
      "PixelShuffle(2)",
      "Upsample(size: 2,3)",
    ],
  );
});

const w = tensor(rows), v = tg.zeros([3]), bag = new EmbeddingBag(4, 2);

const refused: Readonly<Record<string, readonly [message: string, call: () => unknown]>> = {
  "a table that is a vector": ["[rows, width] is needed", () => embedding(ints(0), v)],
  "floats as indices": ["at indices of f32: i32 or u32", () => embedding(tg.zeros([1]), w)],
  "padding beyond the table": ["the table has 4 rows", () => embedding(ints(0), w, { paddingIdx: 4 })],
  "padding_idx": ["did you mean paddingIdx", () => embedding(ints(0), w, wrong({ padding_idx: 0 }))],
  "a negative norm": ["maxNorm of -1", () => embedding(ints(0), w, { maxNorm: -1 })],
  "a vector without offsets": ["a vector with offsets", () => embeddingBag(ints(0), w)],
  "rows with offsets": [
    "need no offsets",
    () => embeddingBag(ints(0, 1).reshape([1, 2]), w, { offsets: ints(0) }),
  ],
  "weights for a mean": [
    "they are for sums",
    () => embeddingBag(ints(0), w, { offsets: ints(0), perSampleWeights: tg.zeros([1]) }),
  ],
  "weights of another shape": [
    "the same shape is needed",
    () => embeddingBag(ints(0), w, { offsets: ints(0), mode: "sum", perSampleWeights: tg.zeros([2]) }),
  ],
  "frequencies of what is largest": [
    "it is for sums and means",
    () => embeddingBag(ints(0), w, { offsets: ints(0), mode: "max", scaleGradByFreq: true }),
  ],
  "an unknown mode of bags": [
    "choose one of sum, mean, max",
    () => new EmbeddingBag(4, 2, { mode: wrong("min") }).forward(ints(0), { offsets: ints(0) }),
  ],
  "offsets by their place": ["options a Tensor: pass an object", () => bag.forward(ints(0), wrong(ints(0)))],
  "a table of another shape": ["the shapes must be the same", () => new Embedding(3, 2, { weight: w })],
  "rows of other lengths": ["rows of one length", () => tg.cdist(w, tg.zeros([2, 3]))],
  "a distance of order -1": ["p of -1", () => tg.cdist(w, w, { p: -1 })],
  "integers": ["a floating dtype", () => tg.cosineSimilarity(ints(1), ints(1), { axis: 0 })],
  "a bias of another length": ["the bias must be [4]", () => tg.linear(tg.zeros([2]), w, tg.zeros([2]))],
  "a weight that does not fit": ["[out, in] or [in] are needed", () => tg.linear(v, w)],
  "batches that differ": [
    "Cannot apply bilinear",
    () => tg.bilinear(tg.zeros([2, 1]), tg.zeros([1, 1]), tg.zeros([1, 1, 1])),
  ],
  "other features": ["the last extents must be 2 and 3", () => new Bilinear(2, 3, 1).forward(v, v)],
  "a layer that names itself": ["Cannot apply Linear(2, 1)", () => new Linear(2, 1).forward(v)],
};

for (const [what, [message, call]] of Object.entries(refused)) {
  Deno.test(`${what} is refused: ${message}`, () => void assertThrows(call, Error, message));
}
