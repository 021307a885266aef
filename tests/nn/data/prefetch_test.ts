/** Batches of samples that are fetched. */
import { arange, keep, key, memory, scope, type Tensor, tensor } from "@tapegrad/core";
import { DataLoader, type DataLoaderOptions, type Samples, TensorDataset } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { settledMemory } from "../../proof/memory/collect.ts";

/** Samples that arrive in an odd order, how many were asked for, and how many at most at once. */
class Slow implements Samples<Promise<number>> {
  readonly length = 10;
  readonly #wrong: ReadonlySet<number>;
  asked = 0;
  most = 0;
  #now = 0;

  constructor(...wrong: readonly number[]) {
    this.#wrong = new Set(wrong);
  }

  async get(i: number): Promise<number> {
    this.asked++;
    this.most = Math.max(this.most, ++this.#now);
    for (let turn = 0; turn < (i * 7) % 5; turn++) await new Promise((resolve) => setTimeout(resolve));
    this.#now--;
    if (this.#wrong.has(i)) throw new Error(`no sample ${i}`);
    return i;
  }
}

async function taken(loader: DataLoader<Promise<number>>, most = Infinity): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const x of loader) {
    batches.push([...await x.data() as Float32Array]);
    if (batches.length === most) break;
  }
  return batches;
}

function slow(data: Slow, options: DataLoaderOptions<Promise<number>> = {}): DataLoader<Promise<number>> {
  return new DataLoader(data, { batchSize: 2, ...options });
}

const pairs = [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]];

Deno.test("batches come in order, however many are fetched ahead", async () => {
  for (const prefetch of [0, 1, 3, 99]) {
    const data = new Slow();
    assertEquals(await taken(slow(data, { prefetch })), pairs);
    assertEquals(
      [data.asked, data.most <= 2 * (prefetch + 1)],
      [10, true],
      `${prefetch}: ${data.most} at once`,
    );
  }
});

Deno.test("no more are fetched than were asked for, and none after the loop", async () => {
  for (const prefetch of [0, 2]) {
    const data = new Slow();
    assertEquals(await taken(slow(data, { prefetch }), 2), pairs.slice(0, 2));
    const { asked } = data;
    assertEquals(asked, 2 * (2 + prefetch));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals(data.asked, asked);
  }
});

Deno.test("an error comes when it is the turn of its batch", async () => {
  const data = new Slow(5, 6, 7, 9), batches: number[] = [];
  await assertRejects(
    async () => {
      for await (const x of slow(data, { prefetch: 4 })) batches.push(await x.sum().item());
    },
    Error,
    "no sample 5",
  );
  assertEquals(batches, [1, 5]);
  await new Promise((resolve) => setTimeout(resolve, 20));
});

Deno.test("what throws at once, and what does later, is one error", async () => {
  const data = {
    length: 4,
    get(i: number): Promise<number> {
      if (i === 3) throw new Error("at once");
      return i === 2 ? Promise.reject(new Error("later")) : Promise.resolve(i);
    },
  };
  await assertRejects(() => taken(new DataLoader(data, { batchSize: 4 })), Error, "at once");
  await assertRejects(() => taken(new DataLoader(data, { batchSize: 3, prefetch: 1 })), Error, "later");
  assertThrows(() => [...new DataLoader(data, { batchSize: 3 })], TypeError, "use for await … of");
  const broken = {
    collate: () => {
      throw new Error("alas");
    },
  };
  await assertRejects(() => taken(new DataLoader(data, { ...broken, prefetch: 1 }) as never), Error, "alas");
  await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("a loop that was left goes on from the batch it had, not from those fetched", async () => {
  const options = { prefetch: 3, shuffle: true, key: key(1) };
  const whole = await taken(slow(new Slow(), options)), stopped = slow(new Slow(), options);
  await taken(stopped, 2);
  const resumed = slow(new Slow(), { ...options, key: key(2) });
  resumed.loadStateDict(stopped.stateDict());
  assertEquals(await taken(resumed), whole.slice(2));
});

Deno.test("for await takes batches of tensors as for does", async () => {
  const data = new TensorDataset(arange(10)),
    options = { batchSize: 4, shuffle: true, key: key(1), prefetch: 2 };
  const batches: unknown[] = [];
  for await (const [x] of new DataLoader(data, options)) batches.push(await x.array());
  assertEquals(batches, await Promise.all([...new DataLoader(data, options)].map(([x]) => x.array())));
});

Deno.test("samples are put together by a function of one's own", async () => {
  const texts = ["a", "bb", "ccc"];
  const padded = (texts: readonly string[]) => {
    const most = Math.max(...texts.map(({ length }) => length));
    return {
      codes: tensor(texts.map((text) => Array.from({ length: most }, (_, i) => text.charCodeAt(i) || 0))),
      texts,
    };
  };
  const loader = new DataLoader(texts, { batchSize: 2, collate: padded });
  assertEquals([...loader].map(({ codes, texts }) => [codes.shape, texts]), [[[2, 2], ["a", "bb"]], [[1, 3], [
    "ccc",
  ]]]);
  const rows = new DataLoader(new TensorDataset(arange(2)), { collate: (samples) => samples[0][0].mul(2) });
  assertEquals(await Promise.all([...rows].map((x) => x.array())), [0, 2]);
});

Deno.test("batches that are to be released are, except what is kept", async () => {
  const source = new TensorDataset(arange(10, undefined, { backend: "cpu" })), seen: Tensor[] = [];
  const options = { batchSize: 5, release: true } as const;
  for (const [x] of new DataLoader(source, options)) seen.push(x);
  assertEquals(seen.map((x) => x.isDisposed), [false, false]);
  for (const shuffle of [false, true]) {
    const made = { length: 10, get: (i: number) => tensor(i) };
    const before = await settledMemory();
    const loaders = [
      new DataLoader(made, { ...options, shuffle }),
      new DataLoader(source, { ...options, shuffle: true }),
    ];
    for (const loader of loaders as Iterable<Tensor | Tensor[]>[]) {
      const batches: Tensor[] = [];
      let kept: Tensor | undefined;
      for (const batch of loader) {
        const x = Array.isArray(batch) ? batch[0] : batch;
        batches.push(x);
        scope(() => void x.mul(2));
        assertEquals(x.isDisposed, false);
        kept ??= keep(x);
      }
      assertEquals([batches.map((x) => x.isDisposed), kept!.isDisposed], [[false, true], false]);
      kept!.dispose();
    }
    for (const _ of loaders[0]) break;
    for await (const _ of new DataLoader(made, { ...options, shuffle, prefetch: 1 })) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals(memory().buffers, before.buffers);
  }
  assert(!source.tensors[0].isDisposed);
});

Deno.test("within a scope all batches are the scope's", () => {
  const data = { length: 4, get: (i: number) => tensor(i) }, before = memory();
  scope(() => {
    for (const x of new DataLoader(data, { batchSize: 2, release: true })) x.mul(2);
    for (const x of new DataLoader(data, { batchSize: 2 })) x.mul(2);
  });
  assertEquals(memory(), before);
});

Deno.test("what is fetched ahead outlives the scope in which it was begun", async () => {
  const later = () => new Promise((resolve) => setTimeout(resolve));
  const data = {
    length: 12,
    async get(i: number): Promise<[Tensor, Tensor]> {
      const x = tensor([i]);
      if (i % 3 > 0) await later();
      return [x, tensor([i]).mul(10)];
    },
  };
  for (const release of [false, true]) {
    for (const prefetch of [0, 1, 4]) {
      const batches = new DataLoader(data, { batchSize: 3, prefetch, release })[Symbol.asyncIterator]();
      const found: unknown[] = [];
      for (let ended = false; !ended;) {
        ended = await scope(async () => {
          const { done, value } = await batches.next();
          if (done) return true;
          const [x, y] = value;
          found.push(await x.mul(10).sub(y).abs().sum().item(), await x.sum().item());
          if (found.length % 4 === 0) await later();
          return false;
        });
      }
      assertEquals(found, [0, 3, 0, 12, 0, 21, 0, 30], `${prefetch} ahead`);
    }
  }
});
