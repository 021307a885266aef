/** Which samples an epoch takes. */
import { arange, IndexError, type Key, key, Tensor, tensor } from "@tapegrad/core";
import {
  BatchSampler,
  type BatchSamplerLike,
  DataLoader,
  type DataLoaderOptions,
  RandomSampler,
  type Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  TensorDataset,
  WeightedRandomSampler,
} from "@tapegrad/nn";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { testWith } from "../../backend_traits.ts";

const COUNT = 6, list = Array.from({ length: COUNT }, (_, i) => i);
const rows = new TensorDataset(arange(COUNT, undefined, { backend: "cpu" }));

// Of tensors, and of anything else, which is another way.
function batches(options: DataLoaderOptions): number[][] {
  const ofRows = [...new DataLoader(rows, options)].map(([x]) => [...x.dataSync() as Float32Array]);
  const ofList = [...new DataLoader(list, options as unknown as DataLoaderOptions<number>)].map((
    x,
  ) => [...x.dataSync() as Float32Array]);
  assertEquals(ofList, ofRows);
  return ofRows;
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}

function order(sampler: Sampler, seed: number): number[] {
  const given = sampler.order(key(seed), arange(1, undefined, { backend: "cpu" }).backend);
  return given instanceof Tensor ? [...given.dataSync() as Int32Array] : Array.from(given);
}

testWith({ synchronous: true }, "sequential and random samplers are the loader's own orders", () => {
  const options = { batchSize: 4, key: key(1) };
  assertEquals(batches({ ...options, sampler: new SequentialSampler(rows) }), [[0, 1, 2, 3], [4, 5]]);
  assertEquals(
    batches({ ...options, sampler: new RandomSampler(rows) }),
    batches({ ...options, shuffle: true }),
  );
  const drop = { ...options, dropLast: true };
  assertEquals(batches({ ...drop, sampler: new RandomSampler(COUNT) }), batches({ ...drop, shuffle: true }));
});

Deno.test("a random sampler takes as many as it is told, each once before any twice unless with replacement", () => {
  assertEquals(new Set(order(new RandomSampler(6, { numSamples: 4 }), 1)).size, 4);
  const many = order(new RandomSampler(6, { numSamples: 15 }), 1);
  assertEquals([sorted(many.slice(0, 6)), sorted(many.slice(6, 12)), many.length], [list, list, 15]);
  assert(String(many.slice(0, 6)) !== String(many.slice(6, 12)));
  const drawn = order(new RandomSampler(6, { replacement: true, numSamples: 600 }), 1);
  for (const i of list) assert(Math.abs(drawn.filter((n) => n === i).length - 100) < 40);
  assertEquals(order(new RandomSampler(0), 1), []);
  assertThrows(() => new RandomSampler(0, { numSamples: 1 }), RangeError, "from 0: a dataset with samples");
  assertThrows(() => new RandomSampler(6, { numSamples: 1.5 }), RangeError, "Cannot draw 1.5 samples");
  assertThrows(
    () => new SequentialSampler(null as never),
    RangeError,
    "from null: a dataset, or their number",
  );
});

testWith({ synchronous: true }, "a subset in random order", () => {
  const sampler = new SubsetRandomSampler([5, 1, 3]);
  assertEquals(sorted(batches({ sampler, batchSize: 3, key: key(1) })[0]), [1, 3, 5]);
  assertEquals(new Set([1, 2, 3, 4, 5].map((seed) => String(order(sampler, seed)))).size > 1, true);
});

Deno.test("positions that are none are refused", () => {
  for (const stray of [-1, 0.5, NaN, "1", 1n]) {
    const make = () => new SubsetRandomSampler([0, stray as number]);
    assertThrows(make, IndexError, "positions are integers from 0");
  }
});

testWith({ synchronous: true }, "weights say how often a sample is drawn", () => {
  const weights = [0, 1, 0, 3, 4, 0], total = 8, draws = 8000;
  const drawn = order(new WeightedRandomSampler(weights, draws), 1);
  weights.forEach((weight, i) => {
    const wanted = draws * weight / total, found = drawn.filter((n) => n === i).length;
    assert(Math.abs(found - wanted) <= 4 * Math.sqrt(wanted), `${i}: ${found} instead of ${wanted}`);
  });
  assertEquals(
    order(new WeightedRandomSampler(tensor(weights), 50), 2),
    order(new WeightedRandomSampler(weights, 50), 2),
  );
});

Deno.test("without replacement each is drawn once, and the likelier ones first", () => {
  const sampler = new WeightedRandomSampler([1, 0, 8, 1], 3, { replacement: false });
  const firsts = Array.from({ length: 200 }, (_, seed) => {
    const drawn = order(sampler, seed);
    assertEquals(sorted(drawn), [0, 2, 3]);
    return drawn[0];
  });
  assert(Math.abs(firsts.filter((n) => n === 2).length - 160) < 25);
});

Deno.test("weights that are none are refused", () => {
  const refused: readonly [unknown, unknown, string, boolean?][] = [
    [[1, -1], 2, "with -1 at 1: numbers from 0"],
    [[1, NaN], 2, "with NaN at 1"],
    [[Infinity], 2, "with Infinity at 0"],
    [[1e308, 1e308], 2, "beyond all numbers"],
    [[0, 0], 1, "Cannot draw 1 samples: 0 have a weight above 0"],
    [[1, 0, 1], 3, "Cannot draw 3 samples without replacement: 2 have a weight above 0", false],
    [[1], -1, "Cannot draw -1 samples"],
    [null, 1, "sample from null"],
    [BigInt64Array.of(1n), 1, "with NaN at 0"],
  ];
  for (const [weights, count, why, replacement = true] of refused) {
    const make = () => new WeightedRandomSampler(weights as number[], count as number, { replacement });
    assertThrows(make, RangeError, why);
  }
  assertEquals(new WeightedRandomSampler([0], 0).length, 0);
});

testWith({ synchronous: true }, "batches of a sampler, and batches of one's own", () => {
  const batchSampler = new BatchSampler(new RandomSampler(COUNT), 4);
  assertEquals(batches({ batchSampler, key: key(1) }), batches({ shuffle: true, batchSize: 4, key: key(1) }));
  assertEquals(batches({ batchSampler: new BatchSampler(new SequentialSampler(5), 2, { dropLast: true }) }), [
    [0, 1],
    [2, 3],
  ]);
  assertEquals(batches({ batchSampler: { length: 2, batches: () => [[5], [0, 0, 3]] } }), [[5], [0, 0, 3]]);
});

testWith({ synchronous: true }, "any object with a length and an order is a sampler", () => {
  const seen: Key[] = [];
  const mine: Sampler = { length: 3, order: (key) => (seen.push(key), new Set([4, 2, 0])) };
  assertEquals(batches({ sampler: mine, batchSize: 2, key: key(5) }), [[4, 2], [0]]);
  assertEquals([seen.length, seen[0]], [2, seen[1]]);
  const refused: readonly [DataLoaderOptions, string][] = [
    [{ sampler: { length: 2, order: () => [1] } }, "Cannot take 1 samples by a sampler whose length is 2"],
    [{ sampler: { length: 1, order: () => [6] } }, "sample 6 of a dataset of 6"],
    [
      { batchSampler: { length: 2, batches: () => [[1]] } },
      "Cannot take 1 batches by a batch sampler whose length is 2",
    ],
    [{ batchSampler: { length: 1, batches: () => [[-1]] } }, "sample -1 of a dataset of 6"],
  ];
  for (const [options, why] of refused) {
    assertThrows(() => [...new DataLoader(rows, options)], RangeError, why);
    assertThrows(
      () => [...new DataLoader(list, options as unknown as DataLoaderOptions<number>)],
      RangeError,
      why,
    );
  }
  assertThrows(() => batches({ sampler: { length: 2, order: () => [0, 9] } }), IndexError);
});

Deno.test("settings that decide the same are refused", () => {
  const sampler = new SequentialSampler(3),
    batchSampler: BatchSamplerLike = { length: 1, batches: () => [[0]] };
  const refused: readonly [unknown, string][] = [
    [{ sampler, shuffle: true }, "by sampler and shuffle: sampler decides that"],
    [{ batchSampler, batchSize: 2 }, "by batchSampler and batchSize"],
    [{ batchSampler, dropLast: true }, "by batchSampler and dropLast"],
    [{ batchSampler, sampler }, "by batchSampler and sampler"],
    [{ sampler: {} }, "sample by an Object: an object with a length and a function order()"],
    [{ batchSampler: { batches: () => [] } }, "a function batches()"],
    [{ collate: 3 }, "make batches by 3: a function"],
    [{ prefetch: -1 }, "Cannot fetch -1 batches ahead"],
  ];
  for (const [options, why] of refused) {
    assertThrows(() => new DataLoader(rows, options as DataLoaderOptions), Error, why);
  }
  assertThrows(() => new BatchSampler(sampler, 0), RangeError, "batches of 0");
});

testWith({ synchronous: true }, "a loader with a sampler goes on where it stopped", () => {
  for (
    const sampler of [
      new WeightedRandomSampler([1, 2, 3, 4, 5, 6], 9),
      new RandomSampler(6, { numSamples: 3 }),
    ]
  ) {
    const make = (seed: number) => new DataLoader(list, { sampler, batchSize: 2, key: key(seed) });
    const read = (loader: DataLoader<number>) => [...loader].map((x) => x.arraySync());
    const whole = make(1), stopped = make(1), resumed = make(2), first = read(whole), second = read(whole);
    for (const _ of stopped) break;
    resumed.loadStateDict(stopped.stateDict());
    assertEquals([read(resumed), read(resumed)], [first.slice(1), second]);
    const other = new DataLoader(list, { shuffle: true, batchSize: 2 }).stateDict();
    assertThrows(
      () => make(1).loadStateDict(other),
      RangeError,
      "Cannot load the state of another DataLoader",
    );
  }
});
