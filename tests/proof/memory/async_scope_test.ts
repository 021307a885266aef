import { memory, openScope, scope, type Tensor, tensor } from "@tapegrad/core";
import { assertEquals, assertRejects } from "@std/assert";
import { settledMemory } from "./collect.ts";
import { countEachBuffer } from "./unseen.ts";

await countEachBuffer();

/** A promise that is kept from outside. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("a scope stays open across await", async () => {
  const before = (await settledMemory()).buffers;
  let early: Tensor | null = null, late: Tensor | null = null;
  const result = await scope(async () => {
    early = tensor([1]).add(1);
    await turn();
    assertEquals(await early.array(), [2]);
    late = early.add(1);
    await late.data();
    return late.add(1);
  });
  assertEquals(await result.array(), [4]);
  assertEquals(memory().buffers, before + 1);
  await assertRejects(() => early!.data());
  await assertRejects(() => late!.data());
  result.dispose();
});

Deno.test("interleaved scopes do not take each other's tensors", async () => {
  const before = (await settledMemory()).buffers;
  const gates = Array.from({ length: 4 }, gate);
  const run = (mine: number[], value: number) =>
    scope(async () => {
      const a = tensor([value]);
      await gates[mine[0]].passed;
      const b = a.add(1);
      await gates[mine[1]].passed;
      return [b, b.add(1)];
    });
  const [first, second] = [run([0, 1], 10), run([2, 3], 20)];
  const outside = tensor([5]);
  for (const k of [2, 0]) { // both have made their second tensor
    gates[k].open();
    await turn();
  }
  gates[1].open();
  const made = await first; // the first one ends while the second is open
  assertEquals(await Promise.all(made.map((t) => t.item())), [11, 12]);
  gates[3].open();
  const later = await second;
  assertEquals(await Promise.all(later.map((t) => t.item())), [21, 22]);
  assertEquals(await Promise.all(made.map((t) => t.item())), [11, 12]);
  assertEquals(await outside.item(), 5);
  assertEquals(memory().buffers, before + 5);
  [...made, ...later, outside].forEach((t) => t.dispose());
});

Deno.test("asynchronous scopes nest, and synchronous ones in them", async () => {
  const before = (await settledMemory()).buffers;
  let inner: Tensor | null = null;
  const result = await scope(async () => {
    await turn();
    inner = await scope(async () => {
      tensor([1]);
      await turn();
      return tensor([2]).add(1);
    });
    const held = memory().buffers;
    scope(() => void inner!.add(1));
    assertEquals(memory().buffers, held);
    await turn();
    return inner.add(1);
  });
  assertEquals(await result.item(), 4);
  await assertRejects(() => inner!.item());
  assertEquals(memory().buffers, before + 1);
  result.dispose();
});

Deno.test("a rejection releases everything and passes through", async () => {
  const before = (await settledMemory()).buffers;
  const fail = () =>
    scope(async () => {
      tensor([1]);
      await turn();
      tensor([2]);
      throw new Error("late");
    });
  await assertRejects(fail, Error, "late");
  assertEquals(memory().buffers, before);
});

Deno.test("what is made beside an open asynchronous scope is not its own", async () => {
  const { passed, open } = gate();
  const running = scope(async () => {
    tensor([1]);
    await passed;
  });
  const beside = tensor([7]);
  await turn();
  const after = beside.add(1);
  open();
  await running;
  assertEquals([await beside.item(), await after.item()], [7, 8]);
});

Deno.test("openScope inside an asynchronous scope leaves no scope open behind it", async () => {
  const before = (await settledMemory()).buffers;
  const { passed, open } = gate();
  const running = scope(async () => {
    await turn();
    {
      using _inner = openScope();
      tensor([1]).add(1);
    }
    const own = tensor([2]);
    await passed;
    return own.add(1);
  });
  await turn();
  await turn();
  const beside = tensor([7]);
  open();
  const result = await running;
  assertEquals([await beside.item(), await result.item()], [7, 3]);
  assertEquals(memory().buffers, before + 2);
  beside.dispose();
  result.dispose();
});

Deno.test("what a stray promise makes belongs to the scope around the one that has ended", async () => {
  const before = (await settledMemory()).buffers;
  await scope(async () => {
    let stray: Promise<Tensor> | null = null;
    scope(() => {
      stray = turn().then(() => tensor([1]).add(1));
    });
    assertEquals(await (await stray!).item(), 2);
  });
  assertEquals(memory().buffers, before);
});
