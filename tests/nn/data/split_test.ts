/** Data sets in parts. */
import { arange, key, manualSeed, tensor, zeros } from "@tapegrad/core";
import { Dataset, randomSplit, stratifiedSplit, Subset, TensorDataset } from "@tapegrad/nn";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { testWith } from "../../backend_traits.ts";

function numbers(length: number): Dataset<number> {
  return Dataset.from(Array.from({ length }, (_, i) => i));
}

function sizes(length: number, parts: readonly number[]): number[] {
  const split = randomSplit(numbers(length), parts, { key: key(1) });
  assertEquals(split.flatMap((part) => [...part]).sort((a, b) => a - b), [...numbers(length)]);
  return split.map((part) => part.length);
}

// As torch.utils.data.random_split has them.
Deno.test("sizes and fractions", () => {
  assertEquals(sizes(10, [7, 3]), [7, 3]);
  assertEquals(sizes(10, [0.7, 0.3]), [7, 3]);
  assertEquals(sizes(10, [0.35, 0.35, 0.3]), [4, 3, 3]);
  assertEquals(sizes(5, [1 / 3, 1 / 3, 1 / 3]), [2, 2, 1]);
  assertEquals(sizes(11, [0.1, 0.2, 0.7]), [2, 2, 7]);
  assertEquals(sizes(1, [1]), [1]);
  assertEquals(sizes(0, [0.5, 0.5]), [0, 0]);
  assertEquals(sizes(4, [0, 4, 0]), [0, 4, 0]);
  // Their sum is 1 + 2⁻⁵², which PyTorch refuses.
  assertEquals(sizes(100, [0.7, 0.1, 0.2 + 2 ** -52]), [70, 10, 20]);
});

Deno.test("parts that are no parts are refused", () => {
  const refused: readonly [unknown, string][] = [
    [[7, 4], "into [7, 4]: the sizes sum to 11, they must to 10"],
    [[0.5, 0.3], "the fractions sum to 0.8, they must to 1"],
    [[0.8, 0.8, -0.6], "a list of sizes or of fractions"],
    [[NaN, 1], "a list of sizes or of fractions"],
    [["5", "5"], "a list of sizes or of fractions"],
    [0.8, "into 0.8: a list"],
    [[11], "a list of sizes"],
    [[], "the sizes sum to 0"],
  ];
  for (const [parts, why] of refused) {
    assertThrows(() => randomSplit(numbers(10), parts as number[]), RangeError, why);
  }
  assertThrows(() => randomSplit(3 as unknown as number[], [1]), TypeError, "dataset of 3");
});

Deno.test("a key, or the global seed, gives the same parts again", () => {
  const split = (seed?: number) =>
    randomSplit(numbers(50), [0.5, 0.5], seed === undefined ? {} : { key: key(seed) }).map((
      part,
    ) => [...part]);
  assertEquals(split(1), split(1));
  assert(String(split(1)) !== String(split(2)));
  manualSeed(3);
  const first = split();
  assert(String(split()) !== String(first));
  manualSeed(3);
  assertEquals(split(), first);
});

Deno.test("parts are subsets, of tensors tensors", () => {
  const [part] = randomSplit(numbers(4), [2, 2]);
  assert(part instanceof Subset);
  const [train] = randomSplit(new TensorDataset(arange(4)), [3, 1]);
  assertEquals(train.tensors[0].shape, [3]);
});

// How often each class is in each part.
function counts(labels: readonly unknown[], parts: readonly number[], seed = 1): number[][] {
  const data = numbers(labels.length);
  const split = stratifiedSplit(data, parts, { labels, key: key(seed) }), classes = [...new Set(labels)];
  assertEquals(split.flatMap((part) => [...part]).sort((a, b) => a - b), [...data]);
  assertEquals(split.map(({ length }) => length), sizes(labels.length, parts));
  return classes.map((label) => split.map((part) => [...part].filter((i) => labels[i] === label).length));
}

Deno.test("classes are as frequent in each part as in the whole", () => {
  const labels = Array.from({ length: 100 }, (_, i) => i % 10 === 0 ? "rare" : "frequent");
  assertEquals(counts(labels, [0.8, 0.2]), [[8, 2], [72, 18]]);
  assertEquals(counts(labels, [0.6, 0.2, 0.2]), [[6, 2, 2], [54, 18, 18]]);
  for (let seed = 0; seed < 30; seed++) {
    const length = 40 + 7 * seed, parts = [[0.8, 0.2], [0.5, 0.5], [0.7, 0.2, 0.1]][seed % 3];
    const odd = Array.from({ length }, (_, i) => Math.floor(i * i / 3) % (2 + seed % 4));
    for (const [label, found] of counts(odd, parts, seed).entries()) {
      const all = found.reduce((a, b) => a + b);
      found.forEach((n, i) => assert(Math.abs(n - all * parts[i]) < 1.6, `${label}: ${found} of ${all}`));
    }
  }
});

testWith({ synchronous: true }, "labels are a list, a tensor, a function or the last tensor", async () => {
  const y = tensor([0, 1, 0, 1], { dtype: "i32" }), data = new TensorDataset(zeros([4, 2]), y);
  for (const labels of [undefined, y, [0, 1, 0, 1], Int8Array.of(0, 1, 0, 1)]) {
    const parts = stratifiedSplit(data, [0.5, 0.5], { labels, key: key(1) });
    for (const part of parts) assertEquals(await part.tensors[1].sum().item(), 1);
  }
  const parts = stratifiedSplit(numbers(8), [4, 4], { labels: (n) => n < 4, key: key(1) });
  assertEquals(parts.map((part) => [...part].filter((n) => n < 4).length), [2, 2]);
});

Deno.test("labels that do not serve are refused", () => {
  const refused: readonly [unknown, string][] = [
    [[0, 1], "by 2 labels: a list, a tensor or a function"],
    [undefined, "by labels nothing"],
    [3, "by labels 3"],
    [zeros([4, 1]), "by labels of [4, 1]"],
    [["a", "a", "a", "b"], 'by the class "b", which has 1 of the samples: 2 parts need as many'],
  ];
  for (const [labels, why] of refused) {
    assertThrows(() => stratifiedSplit(numbers(4), [0.5, 0.5], { labels } as never), RangeError, why);
  }
});
