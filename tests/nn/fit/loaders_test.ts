import "@tapegrad/backends";
import { add, key, memory, type Tensor } from "@tapegrad/core";
import { type Callback, DataLoader, Dataset, evaluate, fit, Linear, mseLoss, predict } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { settledMemory } from "../../proof/memory/collect.ts";
import { network, quiet, samples, weightsOf } from "./problems.ts";

const data = samples(13);

/** Samples that arrive later. */
class Fetched extends Dataset<Promise<readonly Tensor[]>> {
  readonly length = data.length;

  override async get(i: number): Promise<readonly Tensor[]> {
    await new Promise((resolve) => setTimeout(resolve, i % 3));
    return data.get(i).map((x) => add(x, 0));
  }
}

async function trained(loader: DataLoader<never, readonly Tensor[]>): Promise<unknown[]> {
  const model = network(), optimizer = new GD(model, { learningRate: 0.1 });
  await fit(model, loader, { ...quiet, optimizer, epochs: 2 });
  return await weightsOf(model);
}

const order = { batchSize: 4, shuffle: true, key: key(1) } as const;

Deno.test("samples that are fetched, one by one or ahead, come to the same weights", async () => {
  const wanted = await trained(new DataLoader(data, order) as never);
  for (const prefetch of [0, 1, 5]) {
    for (const release of [false, true]) {
      assertEquals(
        await trained(new DataLoader(new Fetched(), { ...order, prefetch, release }) as never),
        wanted,
      );
      assertEquals(await trained(new DataLoader(data, { ...order, prefetch, release }) as never), wanted);
    }
  }
});

Deno.test("a training on samples fetched ahead goes on to the same bits", async () => {
  const wanted = await trained(new DataLoader(data, order) as never);
  for (const stopAfter of [1, 3, 4, 6]) {
    const store = {
      bytes: null as Uint8Array | null,
      read: () => store.bytes,
      write: (b: Uint8Array) => void (store.bytes = b),
    };
    const run = async (stopAfter: number) => {
      const model = network(),
        optimizer = new GD(model, { learningRate: 0.1 }),
        controller = new AbortController();
      let count = 0;
      const stop: Callback = { onBatchEnd: () => void (++count === stopAfter && controller.abort()) };
      await fit(model, new DataLoader(new Fetched(), { ...order, prefetch: 2 }), {
        ...quiet,
        optimizer,
        epochs: 2,
        callbacks: [stop],
        signal: controller.signal,
        checkpoint: { store },
        resume: true,
      });
      return await weightsOf(model);
    };
    await run(stopAfter);
    assertEquals(await run(Infinity), wanted);
  }
});

Deno.test("fetched batches leave nothing, ahead nothing that is not collected", async () => {
  for (const prefetch of [0, 2]) {
    const model = network(), optimizer = new GD(model, { learningRate: 0.1 });
    const loader = new DataLoader(new Fetched(), { ...order, prefetch });
    const run = () => fit(model, loader, { ...quiet, optimizer, epochs: 3, validation: loader });
    await run();
    await settledMemory();
    const before = memory().buffers;
    await run();
    if (prefetch > 0) await settledMemory();
    assert(memory().buffers - before <= 4, `${before} buffers and then ${memory().buffers}`);
  }
});

Deno.test("evaluation and prediction take fetched samples", async () => {
  const model = network(), plain = new DataLoader(data, { batchSize: 5 });
  const fetched = new DataLoader(new Fetched(), { batchSize: 5, prefetch: 1 });
  assertEquals(
    await evaluate(model, fetched, { loss: mseLoss }),
    await evaluate(model, plain, { loss: mseLoss }),
  );
  assertEquals(await (await predict(model, fetched)).array(), await (await predict(model, plain)).array());
});

Deno.test("a sample that fails is its own error, and the loader is left", async () => {
  class Broken extends Fetched {
    override get(i: number): Promise<readonly Tensor[]> {
      return i === 7 ? Promise.reject(new Error("no seventh")) : super.get(i);
    }
  }
  const model = network(), optimizer = new GD(model, { learningRate: 0.1 });
  for (const prefetch of [0, 3]) {
    const loader = new DataLoader(new Broken(), { batchSize: 4, prefetch });
    await assertRejects(() => fit(model, loader, { ...quiet, optimizer }), Error, "no seventh");
  }
  assertEquals(model.training, true);
});

Deno.test("batches of names, as a data set of objects gives them", async () => {
  const rows = Array.from({ length: 6 }, (_, i) => ({ x: [i], y: [2 * i] }));
  const named = {
    length: 6,
    get: (i: number) => ({ x: Float32Array.from(rows[i].x), y: Float32Array.from(rows[i].y) }),
  };
  const model = new Linear(1, 1), optimizer = new GD(model, { learningRate: 0.01 });
  const history = await fit(model, new DataLoader(named, { batchSize: 4 }), {
    ...quiet,
    optimizer,
    unpack: ({ x, y }) => ({ inputs: [x], target: y }),
    epochs: 3,
  });
  assert(history.epochs[2].loss < history.epochs[0].loss);
});
