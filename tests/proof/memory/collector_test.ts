import { type Backend, grad, keep, memory, registerBackend, scope, type Tensor, zeros } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals } from "@std/assert";
import { collect, survivors } from "./collect.ts";

let allocated = 0, freed = 0;

/** The cpu's kernels on memory that, so it says, the collector does not see. */
function createUnseen(): Backend {
  return new Proxy(createCpuBackend({ name: "unseen" }), {
    get(target, key): unknown {
      if (key === "managed") return false;
      if (key === "allocate") allocated++;
      if (key === "free") freed++;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as Backend;
}

registerBackend({ name: "unseen", create: createUnseen });

const options = { backend: "unseen" };

Deno.test("dispose and scopes free each buffer of an unmanaged backend once", () => {
  const before = memory().buffers, [made, gone] = [allocated, freed];
  scope(() => {
    const x = zeros([10], options), y = x.mul(x);
    y.dispose();
    y.dispose();
  });
  assertEquals([allocated - made, freed - gone], [2, 2]);
  assertEquals(memory().buffers, before);
});

Deno.test("the collector frees the buffers of an unmanaged backend", async () => {
  const before = memory().buffers, gone = freed;
  const make = (): void => {
    for (let i = 0; i < 50; i++) zeros([1000], options);
  };
  make();
  await collect(() => freed - gone >= 50);
  assert(freed - gone >= 49, `${freed - gone} of 50 were freed`);
  assert(memory().buffers - before <= 1);
});

Deno.test("the collector frees what left its scope, and once", async () => {
  const before = memory().buffers, [made, gone] = [allocated, freed];
  const make = (): void => {
    for (let i = 0; i < 50; i++) {
      const out = scope(() => scope(() => zeros([10], options)));
      const kept = scope(() => keep(out.mul(out)));
      if (i % 2 === 0) kept.dispose();
    }
  };
  make();
  await collect(() => freed - gone >= 100);
  assert(freed - gone >= 98, `${freed - gone} of 100 were freed`);
  assertEquals(allocated - made, 100);
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
  const gone = freed, x = zeros([1], options);
  scope(() => {
    for (let i = 0; i < 2000; i++) x.add(i);
  });
  await collect(() => freed - gone >= 3000);
  assert(freed - gone >= 3000, `${freed - gone} were freed: 2000 results and 1000 constants at least`);
});
