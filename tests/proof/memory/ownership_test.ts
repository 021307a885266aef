import {
  bytesPerElement,
  grad,
  memory,
  ones,
  scope,
  sum,
  type Tensor,
  tensor,
  variable,
  zeros,
} from "@tapegrad/core";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { precision } from "../../backend_traits.ts";
import { countEachBuffer } from "./unseen.ts";
import { nodeOf } from "../../../core/tensor/internals.ts";

await countEachBuffer();

Deno.test("memory counts buffers and bytes to the letter", () => {
  const before = memory();
  const made = [
    zeros([3], { dtype: precision }),
    zeros([5], { dtype: "f32" }),
    tensor([true, false]),
    zeros([0]),
    tensor(1, { dtype: "i32" }),
  ];
  const views = [made[0].slice([0, 2]), made[1].reshape([5, 1]), made[0].detach()];
  assertEquals(memory(), {
    buffers: before.buffers + 5,
    bytes: before.bytes + 3 * bytesPerElement(precision) + 20 + 2 + 0 + 4,
  });
  assertEquals(views.length, 3);
  made.forEach((t) => t.dispose());
  assertEquals(memory(), before);
});

Deno.test("numbers that meet tensors are shared and not counted", () => {
  const x = tensor([1]), before = memory().buffers;
  x.add(3.25).dispose();
  assertEquals(memory().buffers, before);
});

Deno.test("dispose releases once, for every view", async () => {
  const before = memory().buffers;
  const x = ones([2, 2]), row = x.slice(0);
  row.dispose();
  x.dispose();
  assertEquals(memory().buffers, before);
  await assertRejects(
    () => x.data(),
    Error,
    "Cannot read this tensor: it was disposed or its scope has ended",
  );
});

Deno.test("the message of a disposed tensor names it and says what to do", () => {
  const x = ones([2]);
  x.label = "weights";
  x.dispose();
  assertThrows(() => x.add(1), Error, 'Cannot read "weights": it was disposed');
  assertThrows(() => sum(x), Error, "keep() it");
  assertEquals(String(x), "tensor(<disposed>, f32 [2])");
});

Deno.test("using disposes a tensor at the end of the block", async () => {
  const before = memory().buffers;
  let seen: Tensor | null = null;
  {
    using x = ones([2]);
    seen = x;
    assertEquals(memory().buffers, before + 1);
  }
  assertEquals(memory().buffers, before);
  await assertRejects(() => seen.data(), Error, "disposed");
});

Deno.test("a gradient that is a shared constant can be dropped without harm to others", async () => {
  const [a, b] = [variable([1, 2]), variable([1, 2])];
  a.sum().backward();
  b.sum().backward();
  a.grad!.dispose();
  assertEquals(await b.grad!.array(), [1, 1]);
  scope(() => b.setGrad(null));
  const c = variable([1, 2]);
  c.sum().backward();
  assertEquals(await c.grad!.array(), [1, 1]);
});

Deno.test("a result that is a shared constant can be disposed without harm to others", async () => {
  const zero = grad((x: Tensor) => x.detach().sum());
  const [a, b] = [zero(ones([2])), zero(ones([2]))];
  a.dispose();
  assertEquals(await b.array(), [0, 0]);
  scope(() => zero(ones([2])));
  assertEquals(await b.array(), [0, 0]);
});

Deno.test("two leaves of one gradient do not share its memory", async () => {
  const [a, b] = [variable([1, 2]), variable([3, 4])];
  a.add(b).square().sum().backward();
  scope(() => a.setGrad(null));
  assertEquals(await b.grad!.array(), [8, 12]);
});

Deno.test("a gradient does not share memory with the cotangent that the caller holds", async () => {
  const x = variable([1, 2]), ct = tensor([3, 4]);
  x.add(0).backward({ gradient: ct });
  ct.assign(0);
  assertEquals(await x.grad!.array(), [3, 4]);
});

Deno.test("released memory of a saved value is an error in backward, not a wrong number", () => {
  const x = variable([1, 2]);
  const h = x.mul(2);
  const y = h.mul(h).sum();
  h.dispose();
  assertThrows(() => y.backward(), Error, "it was disposed");
});

Deno.test("backward frees what the tape saved, where a scope holds the rest", () => {
  const x = variable([1, 2]);
  scope(() => {
    const y = x.exp().exp().exp().sum();
    y.backward();
    assertThrows(() => y.backward(), Error, "released");
    assertEquals(nodeOf(y)!.inputs, null);
  });
});
