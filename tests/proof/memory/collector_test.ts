import { type Backend, keep, memory, registerBackend, scope, zeros } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals } from "@std/assert";

const inner = createCpuBackend({ name: "unseen" });
let allocated = 0, freed = 0;

/** The cpu's kernels on memory that, so it says, the collector does not see. */
const unseen = new Proxy(inner, {
  get(target, key): unknown {
    if (key === "managed") return false;
    if (key === "allocate") allocated++;
    if (key === "free") freed++;
    const value: unknown = Reflect.get(target, key, target);
    return typeof value === "function" ? value.bind(target) : value;
  },
}) as Backend;

registerBackend({ name: "unseen", create: () => unseen });

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

const { gc } = globalThis as { gc?: () => void };
const reason = gc ? "" : " (skipped: needs deno test --v8-flags=--expose-gc)";

Deno.test({
  name: `the collector frees the buffers of an unmanaged backend${reason}`,
  ignore: !gc,
  async fn(): Promise<void> {
    const before = memory().buffers, gone = freed;
    const make = (): void => {
      for (let i = 0; i < 50; i++) zeros([1000], options);
    };
    make();
    await collect(() => freed - gone >= 50);
    assert(freed - gone >= 49, `${freed - gone} of 50 were freed`);
    assert(memory().buffers - before <= 1);
  },
});

Deno.test({
  name: `the collector frees what left its scope, and once${reason}`,
  ignore: !gc,
  async fn(): Promise<void> {
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
  },
});

async function collect(isDone: () => boolean): Promise<void> {
  for (let i = 0; i < 20 && !isDone(); i++) {
    gc!();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
