import {
  grad,
  keep,
  memory,
  openScope,
  scope,
  type Tensor,
  tensor,
  valueAndGrad,
  variable,
  zeros,
} from "@tapegrad/core";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { countEachBuffer } from "./unseen.ts";
import { storageOf } from "../../../core/tensor/internals.ts";

await countEachBuffer();

/** How many buffers more there are after `fn` than before. */
function grown(fn: () => unknown): number {
  const before = memory().buffers;
  fn();
  return memory().buffers - before;
}

Deno.test("a scope releases what was made in it", async () => {
  let inside: Tensor | null = null;
  const left = grown(() =>
    scope(() => {
      inside = tensor([1, 2]).mul(2);
      inside.sum();
    })
  );
  assertEquals(left, 0);
  await assertRejects(() => inside!.data(), Error, "its scope has ended");
});

Deno.test("what is returned lives on: trees, maps, sets, class instances, cycles", async () => {
  class Pair {
    readonly first = tensor([1]);
    readonly rest = new Map([["second", [tensor([2])]]]);
    readonly more = new Set([tensor([3])]);
    self: Pair = this;
    note = new Float32Array(3);
  }
  let result = { list: [tensor(0)], pair: null as Pair | null, n: 1, nothing: undefined };
  const left = grown(() =>
    result = scope(() => {
      zeros([100]).add(1);
      return { list: [tensor(4)], pair: new Pair(), n: 1, nothing: undefined };
    })
  );
  assertEquals(left, 4);
  const { pair } = result;
  const parts = [pair!.first, pair!.rest.get("second")![0], ...pair!.more, ...result.list];
  assertEquals(await Promise.all(parts.map((t) => t.sum().item())), [1, 2, 3, 4]);
  parts.forEach((t) => t.dispose());
});

Deno.test("a returned view keeps its memory", async () => {
  const view = scope(() => tensor([[1, 2], [3, 4]]).transpose().slice(1));
  assertEquals(await view.array(), [2, 4]);
});

Deno.test("a returned tensor keeps the tape it hangs on", async () => {
  const w = variable([1, 2]);
  const loss = scope(() => {
    const hidden = w.mul(3).exp();
    return hidden.mul(hidden).sum();
  });
  loss.backward();
  const expected = [1, 2].map((x) => 6 * Math.exp(6 * x));
  (await w.grad!.data()).forEach((g, i) => assert(Math.abs(g / expected[i] - 1) < 1e-5));
});

Deno.test("scopes nest: what leaves the inner one belongs to the outer one", async () => {
  let middle: Tensor | null = null, seen: Promise<unknown> | null = null;
  const left = grown(() => {
    const result = scope(() => {
      middle = scope(() => tensor([1]).add(1));
      const inner = memory().buffers;
      scope(() => tensor([2]).add(1));
      assertEquals(memory().buffers, inner + 1);
      return middle.add(1);
    });
    seen = result.array();
    result.dispose();
  });
  assertEquals(left, 0);
  assertEquals(await seen, [3]);
  await assertRejects(() => middle!.data());
});

Deno.test("an exception releases everything and passes through", () => {
  const left = grown(() => {
    const fail = (): never => {
      scope(() => {
        tensor([1]).add(1);
        throw new Error("inside");
      });
      throw new Error("not reached");
    };
    assertThrows(fail, Error, "inside");
  });
  assertEquals(left, 0);
  assertEquals(storageOf(tensor([1]))!.scope, null);
});

Deno.test("openScope releases at the end of the block, also on an exception", async () => {
  let seen: Promise<unknown> | null = null;
  const left = grown(() => {
    using _outer = openScope();
    const a = tensor([1]).add(1);
    {
      using _inner = openScope();
      a.add(1);
    }
    seen = a.array();
    assertThrows(() => {
      using _failing = openScope();
      a.add(1);
      throw new Error("inside");
    });
    assertEquals(storageOf(a)!.scope === null, false);
  });
  assertEquals(left, 0);
  assertEquals(await seen, [2]);
  assertEquals(storageOf(tensor([1]))!.scope, null);
});

Deno.test("keep takes tensors and trees out of every scope", async () => {
  let kept: { a: Tensor; list: Tensor[] } | null = null;
  const left = grown(() =>
    scope(() => {
      scope(() => {
        const made = { a: tensor([1]).add(1), list: [tensor([2])] };
        kept = keep(made);
        assertEquals(kept === made, true);
      });
      tensor([3]).add(1);
    })
  );
  assertEquals(left, 2);
  assertEquals([await kept!.a.array(), await kept!.list[0].array()], [[2], [2]]);
  kept!.a.dispose();
  kept!.list[0].dispose();
});

Deno.test("leaves and their gradients outlive the scope they were made in", async () => {
  let w: Tensor | null = null;
  scope(() => {
    w = variable([1, 2]);
    w.mul(w).sum().backward();
  });
  assertEquals(await w!.array(), [1, 2]);
  assertEquals(await w!.grad!.array(), [2, 4]);
});

Deno.test("a tensor that becomes a leaf outlives its scope", async () => {
  let x: Tensor | null = null;
  scope(() => {
    x = tensor([1, 2]).add(1);
    x.requiresGrad = true;
  });
  assertEquals(await x!.array(), [2, 3]);
});

Deno.test("gradients that are replaced go with the scope that replaced them", () => {
  const w = variable([1, 2]);
  const step = (): void => scope(() => w.mul(w).sum().backward());
  step();
  assertEquals(grown(step), 0);
  assertEquals(grown(() => scope(() => w.setGrad(null))), -1);
  assertEquals(grown(step), 1);
});

Deno.test("transforms leave nothing behind but their result", () => {
  const fn = (x: Tensor): Tensor => x.sin().mul(x).sum();
  const x = tensor([1, 2, 3]);
  assertEquals(grown(() => scope(() => grad(fn)(x)).dispose()), 0);
  assertEquals(grown(() => scope(() => valueAndGrad(fn)(x)).forEach((t) => t.dispose())), 0);
  assertEquals(grown(() => scope(() => grad((y: Tensor) => grad(fn)(y).sum())(x)).dispose()), 0);
});
