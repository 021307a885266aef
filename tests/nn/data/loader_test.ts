import {
  arange,
  IndexError,
  key,
  manualSeed,
  memory,
  read,
  scope,
  ShapeError,
  tensor,
  zeros,
} from "@tapegrad/core";
import { DataLoader, type DataLoaderOptions, forwardDataset, Linear, TensorDataset } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals, assertThrows } from "@std/assert";

const data = new TensorDataset(arange(10).reshape([10, 1]), arange(10).mul(-1));

async function epoch(loader: DataLoader): Promise<number[][]> {
  const batches = [...loader].map(([x, y]) => [x, x.reshape([-1]).neg(), y]);
  const values = await read(batches.flat());
  return batches.map((_, i) => {
    const [inputs, wanted, targets] = values.slice(3 * i);
    assertEquals(targets, wanted);
    return [...inputs];
  });
}

function loader(options: DataLoaderOptions): DataLoader {
  return new DataLoader(data, options);
}

Deno.test("a dataset gives samples by position", async () => {
  assertEquals(data.length, 10);
  assertEquals(await Promise.all(data.get(3).map((t) => t.array())), [[3], -3]);
  assertEquals(await data.get(-1)[1].item(), -9);
  assertEquals([...data].length, 10);
  assertThrows(() => data.get(10), IndexError, "10");
  assertEquals(data.range(2, 2).map((t) => t.shape), [[2, 1], [2]]);
  const picked = data.select(tensor([7, 7, 0], { dtype: "i32" }));
  assertEquals(await picked[1].array(), [-7, -7, -0]);
});

Deno.test("a dataset needs tensors of one first extent", () => {
  assertThrows(() => new TensorDataset(), ShapeError, "nothing: pass the inputs");
  assertThrows(() => new TensorDataset(tensor(1)), ShapeError, "[]: a scalar has no samples");
  const error = assertThrows(() => new TensorDataset(zeros([4, 2]), zeros([3])), ShapeError);
  assertEquals(
    error.message,
    "Cannot make a dataset of [4, 2] and [3]: the first extents are 4 and 3, they must be equal",
  );
});

Deno.test("batches come in order, the last one perhaps smaller or left out", async () => {
  assertEquals(await epoch(loader({ batchSize: 4 })), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
  assertEquals(await epoch(loader({ batchSize: 4, dropLast: true })), [[0, 1, 2, 3], [4, 5, 6, 7]]);
  assertEquals((await epoch(loader({}))).length, 10);
  assertEquals((await epoch(loader({ batchSize: 99 }))).length, 1);
  assertEquals([loader({ batchSize: 4 }).length, loader({ batchSize: 4, dropLast: true }).length], [3, 2]);
  assertEquals([...new DataLoader(new TensorDataset(zeros([0, 2])))], []);
});

Deno.test("shuffled epochs hold every sample once, each in another order", async () => {
  const shuffled = loader({ batchSize: 4, shuffle: true, key: key(1) });
  const epochs = [await epoch(shuffled), await epoch(shuffled), await epoch(shuffled)].map((batches) =>
    batches.flat()
  );
  for (const order of epochs) assertEquals(order.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(new Set([...epochs, (await epoch(loader({}))).flat()].map(String)).size, 4);
  assertEquals(shuffled.epoch, 3);
});

Deno.test("a key, or the global seed, gives the same epochs again", async () => {
  const run = async (options: DataLoaderOptions) => {
    const made = loader({ shuffle: true, ...options });
    return [await epoch(made), await epoch(made)];
  };
  assertEquals(await run({ key: key(1) }), await run({ key: key(1) }));
  assert(String(await run({ key: key(1) })) !== String(await run({ key: key(2) })));
  manualSeed(9);
  const first = await run({});
  manualSeed(9);
  assertEquals(await run({}), first);
});

Deno.test("an epoch that is left early does not change the next one", async () => {
  const options = { shuffle: true, key: key(1) };
  const whole = loader(options), early = loader(options);
  await epoch(whole);
  for (const _ of early) break;
  assertEquals(await epoch(early), await epoch(whole));
});

Deno.test("a batch size that is no count is refused", () => {
  for (const batchSize of [0, -1, 1.5, NaN]) {
    assertThrows(() => loader({ batchSize }), RangeError, `batches of ${batchSize}`);
  }
});

Deno.test("an epoch may run through scopes, and leaves no memory behind", () => {
  const shuffled = loader({ batchSize: 4, shuffle: true });
  for (const _ of shuffled) scope(() => {});
  const before = memory();
  scope(() => {
    for (const [x] of shuffled) scope(() => x.mul(2));
    for (const _ of shuffled) break;
  });
  const batches = shuffled[Symbol.iterator]();
  const first = scope(() => batches.next().value![0].sum());
  first.dispose();
  scope(() => {
    for (const _ of batches);
  });
  assertEquals(memory(), before);
});

Deno.test("forwardDataset gives the model's outputs, in one piece or in batches", async () => {
  const model = new Linear(1, 2), whole = forwardDataset(model, data);
  assertEquals(whole.shape, [10, 2]);
  assertEquals(await forwardDataset(model, data, { batchSize: 3 }).array(), await whole.array());
  assertEquals(forwardDataset(model, new TensorDataset(zeros([0, 1]))).shape, [0, 2]);
  forwardDataset(model, data, { batchSize: 3 }).sum().backward();
  assertEquals(await model.weight.grad!.array(), [[45], [45]]);
  assertThrows(() => forwardDataset(model, data, { batchSize: 0 }), RangeError);
});
