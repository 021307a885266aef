/** Samples that come one after another, in batches. */
import { arange, key, scope, type Tensor, tensor } from "@tapegrad/core";
import { DataLoader, type DataLoaderOptions, type DataLoaderState, fit, mseLoss } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import "@tapegrad/backends";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { backend } from "../../backend_traits.ts";
import { network, weightsOf } from "../fit/problems.ts";

const LENGTH = 8;

function* counted(from = 0): Generator<number> {
  for (let i = from; i < LENGTH; i++) yield i;
}

const atOnce: Iterable<number> = { [Symbol.iterator]: () => counted() };
const later: AsyncIterable<number> = {
  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    for (const i of counted()) {
      await new Promise((resolve) => setTimeout(resolve, (LENGTH - i) % 3));
      yield i;
    }
  },
};

async function batchesOf(loader: DataLoader<number> | DataLoader<Promise<number>>): Promise<unknown[]> {
  const batches: unknown[] = [];
  for await (const batch of loader) batches.push(await (batch as Tensor).array());
  return batches;
}

const whole = [[0, 1, 2], [3, 4, 5], [6, 7]];

Deno.test("what comes one after another comes in batches, epoch by epoch", async () => {
  for (const data of [atOnce, later, new Set(counted())]) {
    for (const prefetch of [0, 1, 5]) {
      const loader = new DataLoader(data, { batchSize: 3, prefetch });
      assertEquals([await batchesOf(loader), await batchesOf(loader)], [whole, whole]);
      assertEquals([loader.epoch, loader.hasLength], [2, false]);
      assertEquals(
        await batchesOf(new DataLoader(data, { batchSize: 3, prefetch, dropLast: true })),
        whole.slice(0, 2),
      );
      assertEquals(await batchesOf(new DataLoader(data, { batchSize: 4, prefetch, dropLast: true })), [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
      ]);
    }
  }
  const promised = {
    *[Symbol.iterator](): Generator<Promise<number>> {
      for (const i of counted()) yield Promise.resolve(i);
    },
  };
  assertEquals(await batchesOf(new DataLoader(promised, { batchSize: 3, prefetch: 1 })), whole);
  const loader = new DataLoader(atOnce, { batchSize: 5, collate: (samples) => samples.length });
  assertEquals([...loader], [5, 3]);
});

Deno.test("a stream is read once, and an endless one as far as it is wanted", async () => {
  const stream = new DataLoader(ReadableStream.from(later), { batchSize: 3 });
  assertEquals(await batchesOf(stream), whole);
  let closed = 0, made = 0;
  const endless = {
    *[Symbol.iterator](): Generator<number> {
      try {
        while (true) yield made++;
      } finally {
        closed++;
      }
    },
  };
  for (const batch of new DataLoader(endless, { batchSize: 2 })) if (await batch.sum().item() > 4) break;
  assertEquals([made, closed], [4, 1]);
  for await (const _ of new DataLoader(endless, { batchSize: 2, prefetch: 2 })) break;
  assertEquals([made, closed], [10, 2]);
});

Deno.test("from any batch it goes on, passing over what was given", async () => {
  const make = (data: Iterable<number> | AsyncIterable<number>, options: DataLoaderOptions<number> = {}) =>
    new DataLoader(data, { batchSize: 3, prefetch: 1, ...options });
  for (const data of [atOnce, later]) {
    for (let count = 0; count <= whole.length; count++) {
      const stopped = make(data), batches = stopped[Symbol.asyncIterator]();
      for (let i = 0; i < count; i++) await batches.next();
      const state: DataLoaderState = JSON.parse(JSON.stringify(stopped.stateDict()));
      const kind = { length: null, batchSize: 3, dropLast: false, sampler: "iterable", batches: null };
      assertEquals(state, { ...kind, epoch: 0, batch: count, key: null });
      await batches.return();
      const resumed = make(data);
      resumed.loadStateDict(state);
      assertEquals(await batchesOf(resumed), whole.slice(count));
      assertEquals([await batchesOf(resumed), resumed.epoch], [whole, 2]);
      assertThrows(
        () => make(data, { batchSize: 2 }).loadStateDict(state),
        RangeError,
        "batchSize is 2 here and 3",
      );
      assertThrows(() => make([1, 2]).loadStateDict(state), RangeError, 'sampler is "sequential" here');
    }
  }
});

Deno.test("an error comes when it is the turn of its batch, and nothing after it", async () => {
  const failing = {
    async *[Symbol.asyncIterator](): AsyncGenerator<number> {
      yield* [1, 2, 3];
      throw new Error("cable");
    },
  };
  for (const prefetch of [0, 3]) {
    const seen: unknown[] = [];
    await assertRejects(
      async () => {
        for await (const x of new DataLoader(failing, { batchSize: 2, prefetch })) seen.push(await x.array());
      },
      Error,
      "cable",
    );
    assertEquals(seen, [[1, 2]]);
  }
  const wrong = {
    *[Symbol.iterator](): Generator<number> {
      yield* [];
      throw new Error("cable");
    },
  };
  assertThrows(() => [...new DataLoader(wrong)], Error, "cable");
});

Deno.test("an order of the loader's own, a count and waiting without await are refused", () => {
  const own =
    "Cannot load samples that come one after another by shuffle: leave it out, or load a list of them";
  assertThrows(() => new DataLoader(atOnce, { shuffle: true }), TypeError, own);
  const sampler = { length: 1, order: () => [0] }, batchSampler = { length: 1, batches: () => [[0]] };
  assertThrows(() => new DataLoader(atOnce, { sampler }), TypeError, "by sampler");
  assertThrows(() => new DataLoader(later, { batchSampler }), TypeError, "by batchSampler");
  assertThrows(() => new DataLoader(atOnce).length, TypeError, "Cannot tell how many batches");
  assertThrows(() => [...new DataLoader(later)], TypeError, "use for await … of");
  for (const none of [tensor([1, 2]), "abc", { length: 2 }, 3, null]) {
    assertThrows(() => new DataLoader(none as unknown as number[]), TypeError, "a Dataset is needed");
  }
});

Deno.test("what the iterable holds on to outlives the batches, which are released", async () => {
  if (!backend.synchronous) return; // memory is counted where it is released at once
  const shards = {
    *[Symbol.iterator](): Generator<Tensor> {
      const shard = arange(LENGTH);
      for (let i = 0; i < LENGTH; i++) yield shard.slice(i);
    },
  };
  const loader = new DataLoader(shards, { batchSize: 3, release: true }), seen: unknown[] = [];
  for (const x of loader) seen.push(scope(() => x.mul(1).arraySync()));
  assertEquals(seen, whole);
  const held: Tensor[] = [];
  for await (const x of loader) held.push(x);
  assert(held.every((x) => x.isDisposed));
});

Deno.test("a model is fitted on it, epoch by epoch, and goes on where it was", async () => {
  const rows = {
    *[Symbol.iterator](): Generator<Tensor[]> {
      for (const i of counted()) yield [tensor([i, 1]), tensor([i / 8])] as Tensor[];
    },
  };
  const make = () => new DataLoader(rows, { batchSize: 3 });
  const run = async (epochs: number, stopAt: number, store?: Uint8Array[]) => {
    const model = network(1),
      optimizer = new GD(model, { learningRate: 0.01 }),
      controller = new AbortController();
    let batches = 0;
    const callbacks = [{ onBatchEnd: () => void (++batches === stopAt && controller.abort()) }];
    const checkpoint = store &&
      { store: { read: () => store.at(-1), write: (x: Uint8Array) => store.push(x) } };
    const options = {
      loss: mseLoss,
      optimizer,
      epochs,
      verbose: false,
      callbacks,
      signal: controller.signal,
    };
    const history = await fit(model, make(), { ...options, checkpoint, resume: store !== undefined });
    return [await weightsOf(model), history.values("loss")];
  };
  const wanted = await run(3, Infinity), store: Uint8Array[] = [];
  await run(3, 5, store);
  assertEquals(await run(3, Infinity, store), wanted);
});

Deno.test("its key is left alone", () => {
  assertEquals([...new DataLoader(atOnce, { batchSize: 8, key: key(1) })].length, 1);
});
