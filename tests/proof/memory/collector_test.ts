import { grad, keep, memory, scope, type Tensor, zeros } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { collect, settledMemory, survivors } from "./collect.ts";
import { createUnseen, traffic } from "./unseen.ts";

const options = { backend: "unseen" };

Deno.test("dispose and scopes free each buffer of an unmanaged backend once", () => {
  const before = memory().buffers, [made, gone] = [traffic.allocated, traffic.freed];
  scope(() => {
    const x = zeros([10], options), y = x.mul(x);
    y.dispose();
    y.dispose();
  });
  assertEquals([traffic.allocated - made, traffic.freed - gone], [2, 2]);
  assertEquals(memory().buffers, before);
});

Deno.test("the collector frees the buffers of an unmanaged backend", async () => {
  const before = (await settledMemory()).buffers, gone = traffic.freed;
  const make = (): void => {
    for (let i = 0; i < 50; i++) zeros([1000], options);
  };
  make();
  await collect(() => traffic.freed - gone >= 50);
  assert(traffic.freed - gone >= 49, `${traffic.freed - gone} of 50 were freed`);
  assert(memory().buffers - before <= 1);
});

Deno.test("the collector frees what left its scope, and once", async () => {
  const before = (await settledMemory()).buffers, [made, gone] = [traffic.allocated, traffic.freed];
  const make = (): void => {
    for (let i = 0; i < 50; i++) {
      const out = scope(() => scope(() => zeros([10], options)));
      const kept = scope(() => keep(out.mul(out)));
      if (i % 2 === 0) kept.dispose();
    }
  };
  make();
  await collect(() => traffic.freed - gone >= 100);
  assert(traffic.freed - gone >= 98, `${traffic.freed - gone} of 100 were freed`);
  assertEquals(traffic.allocated - made, 100);
  assert(memory().buffers - before <= 2);
});

Deno.test("a backend goes with its constants, and constants that it has no room for go before", async () => {
  const alive = await survivors(5, () => {
    const backend = createUnseen();
    const x = zeros([2], { backend });
    for (const value of [0.5, -0, NaN, Infinity]) x.add(value);
    keep(grad((v: Tensor) => v.sum())(x));
    return backend;
  });
  assertEquals(alive, 0);
  const gone = traffic.freed, x = zeros([1], options);
  scope(() => {
    for (let i = 0; i < 2000; i++) x.add(i);
  });
  await collect(() => traffic.freed - gone >= 3000);
  assert(
    traffic.freed - gone >= 3000,
    `${traffic.freed - gone} were freed: 2000 results and 1000 constants at least`,
  );
});
