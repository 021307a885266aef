/** Data sets of any samples, and what is made of them. */
import { arange, IndexError, ShapeError, type Tensor, tensor, zeros } from "@tapegrad/core";
import { ConcatDataset, DataLoader, Dataset, Subset, TensorDataset } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";

class Squares extends Dataset<number> {
  readonly length = 5;
  override get(i: number): number {
    return i * i;
  }
}

class Fetched extends Dataset<Promise<number>> {
  readonly length = 5;
  asked = 0;
  override get(i: number): Promise<number> {
    this.asked++;
    return Promise.resolve(i * i);
  }
}

const squares = new Squares(), rows = new TensorDataset(arange(5), arange(5).mul(-1));

Deno.test("samples are mapped when they are asked for, with their position", () => {
  let calls = 0;
  const mapped = squares.map((n, i) => (calls++, `${i}:${n}`));
  assertEquals([mapped.length, calls], [5, 0]);
  assertEquals([mapped.get(2), calls], ["2:4", 1]);
  assertEquals([...mapped.map((text) => text.length)], [3, 3, 3, 3, 4]);
});

Deno.test("what is mapped, filtered and chosen of promises is promises", async () => {
  const data = new Fetched(), found: number[] = [];
  for await (const n of data.map((n) => n + 1)) found.push(n);
  assertEquals(found, [1, 2, 5, 10, 17]);
  const even = await data.filter((n) => n % 2 === 0);
  assertEquals([even.length, await even.get(1), data.asked], [3, 4, 11]);
  assertEquals(await Promise.all(data.concat(data.subset([4]))), [0, 1, 4, 9, 16, 16]);
  assertEquals((await squares.filter((n) => Promise.resolve(n > 3))).length, 3);
  await assertRejects(
    () => squares.filter((n) => Promise.resolve(n as unknown as boolean)),
    TypeError,
    "by 0",
  );
});

Deno.test("a filter answers true or false, which a tensor is not", () => {
  assertEquals([...squares.filter((n) => n > 3)], [4, 9, 16]);
  assertThrows(
    () => rows.filter(([x]) => x.greater(2) as unknown as boolean),
    TypeError,
    "Cannot filter a dataset by a Tensor: true or false is needed of each sample",
  );
});

Deno.test("subsets and concatenations count from the end too, and know their ends", () => {
  const part = squares.subset([4, 0, 4]), both = squares.concat(part);
  assert(part instanceof Subset && both instanceof ConcatDataset);
  assertEquals([...part], [16, 0, 16]);
  assertEquals([...both], [0, 1, 4, 9, 16, 16, 0, 16]);
  assertEquals([part.get(-1), both.get(-3), both.get(5)], [16, 16, 16]);
  assertEquals([...new ConcatDataset<number>([])], []);
  assertEquals([...new ConcatDataset([[1, 2], squares.subset([3]), []])], [1, 2, 9]);
  assertEquals([...new Subset([5, 6, 7], [2, 0])], [7, 5]);
  assertEquals([...squares.subset([2]).concat([1, 0])], [4, 1, 0]);
  for (const get of [() => part.get(3), () => part.get(-4), () => both.get(8), () => part.get(0.5)]) {
    assertThrows(get, IndexError, "of a dataset of");
  }
  for (const at of [5, -1, 1.5, NaN, undefined]) {
    assertThrows(() => squares.subset([0, at as number]), IndexError, "positions are integers from 0 to 4");
  }
  assertThrows(() => squares.subset(3 as unknown as number[]), TypeError, "a list of positions");
});

Deno.test("parts of tensors are tensors", async () => {
  const part = rows.subset([3, 1]), both = part.concat(rows.filter((_, i) => i === 0));
  assert(part instanceof TensorDataset && both instanceof TensorDataset);
  assertEquals(await both.tensors[1].array(), [-3, -1, -0]);
  assertEquals(rows.subset([]).length, 0);
  assertThrows(() => rows.subset([5]), IndexError);
  const mixed = rows.concat({ length: 1, get: () => [tensor(7), tensor(8)] });
  assertEquals(await Promise.all(mixed.get(-1).map((x) => x.item())), [7, 8]);
  assert(!(rows.concat(new TensorDataset(zeros([2]))) instanceof TensorDataset));
  assertThrows(() => rows.concat(new TensorDataset(zeros([2, 2]), zeros([2]))), ShapeError);
});

Deno.test("lists and plain objects are datasets", async () => {
  const list = ["a", "b"], data = Dataset.from(list);
  list.push("c");
  assertEquals([data.length, data.get(-1)], [2, "b"]);
  assertEquals(Dataset.from(squares), squares);
  const plain = { length: 3, get: (i: number) => [i, `${i}`] as const };
  const [[x, names]] = new DataLoader(plain, { batchSize: 3 });
  assertEquals([await x.array(), names], [[0, 1, 2], ["0", "1", "2"]]);
  for (
    const none of [null, 3, {}, { length: 3 }, { length: 1.5, get: () => 0 }, {
      length: -1,
      get: () => 0,
    }]
  ) {
    assertThrows(() => Dataset.from(none as never), TypeError, "Cannot make a dataset of");
  }
});

Deno.test("a Dataset by itself, as of tensors, is refused with the way", () => {
  const made = Dataset as unknown as new (...tensors: Tensor[]) => Dataset<unknown>;
  assertThrows(() => new made(zeros([2])), TypeError, "make a TensorDataset of tensors");
});
