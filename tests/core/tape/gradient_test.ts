/** What a gradient may be, and whose memory it is. */
import {
  BackendError,
  backendNamed,
  customGradient,
  DtypeError,
  grad,
  noGrad,
  registerBackend,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  variable,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import "../../backend_traits.ts";
import type { ErrorClass } from "../../backend_traits.ts";

registerBackend({ name: "elsewhere", create: () => createCpuBackend({ name: "elsewhere" }) });

type Refusal = [
  name: string,
  make: (g: Tensor) => unknown,
  kind: ErrorClass,
  says: string,
];

const refused: Refusal[] = [
  ["shape", (g) => g.sum(), ShapeError, "f32 [2] on"],
  ["rank", (g) => g.reshape([1, 2]), ShapeError, "this is f32 [1, 2]"],
  ["dtype", (g) => g.to("i32"), DtypeError, "this is i32 [2]"],
  ["backend", () => tensor([1, 2], { backend: backendNamed("elsewhere") }), BackendError, "on elsewhere"],
  ["kind", () => 3, TypeError, "this is a number"],
  ["promise", (g) => Promise.resolve(g), TypeError, "this is a promise"],
];

for (const [name, make, kind, says] of refused) {
  Deno.test(`a hook's result of another ${name} is refused, at leaves, inside and in grad`, () => {
    const hook = (g: Tensor) => make(g) as Tensor;
    const x = variable([1, 2]), y = x.mul(2);
    const stop = x.registerHook(hook);
    assertThrows(() => x.square().sum().backward(), kind, says);
    stop();
    y.registerHook(hook);
    const error = assertThrows(() => y.square().sum().backward(), kind, says);
    assertEquals(error.message.includes("Cannot use what a hook returned for the gradient of mul"), true);
    assertStrictEquals(x.grad, null);
    const inside = grad((z: Tensor) => {
      const h = z.mul(2);
      h.registerHook(hook);
      return h.square().sum();
    });
    assertThrows(() => inside(tensor([1, 2])), kind, says);
  });

  Deno.test(`setGrad() refuses another ${name}`, () => {
    const x = variable([1, 2]), before = tensor([5, 6]);
    x.label = "weights";
    x.setGrad(before);
    const error = assertThrows(() => x.setGrad(make(before) as Tensor), kind, says);
    assertEquals(error.message.startsWith('Cannot set the gradient of "weights": '), true);
    assertStrictEquals(x.grad, before);
  });
}

Deno.test("setGrad() takes what fits, views too, and nothing", async () => {
  const x = variable([1, 2]);
  x.setGrad(tensor([[3, 4], [5, 6]]).slice([], 1));
  assertEquals(await x.grad!.array(), [4, 6]);
  x.setGrad(undefined as unknown as null);
  assertStrictEquals(x.grad, null);
});

Deno.test("retainGrad() twice does not double, and a second backward adds up", async () => {
  const x = variable([1, 2]), y = x.mul(2);
  for (let i = 0; i < 3; i++) y.retainGrad();
  y.square().sum().backward({ retainGraph: true });
  assertEquals(await y.grad!.array(), [4, 8]);
  y.square().sum().backward();
  assertEquals(await y.grad!.array(), [8, 16]);
});

Deno.test("a retained gradient is what hooks made of it, in whatever order they were registered", async () => {
  const x = variable([1, 2]), y = x.mul(2);
  y.registerHook((g) => g.mul(10));
  y.retainGrad();
  y.registerHook((g) => g.add(1));
  y.sum().backward();
  assertEquals([await y.grad!.array(), await x.grad!.array()], [[11, 11], [22, 22]]);
});

Deno.test("retainGrad() in a function whose gradient is taken, and on leaves", async () => {
  let inner: Tensor | null = null;
  grad((x: Tensor) => {
    inner = x.mul(3);
    inner.retainGrad();
    return inner.square().sum();
  })(tensor([1, 2]));
  assertEquals(await inner!.grad!.array(), [6, 12]);
  const x = variable([1, 2]);
  x.retainGrad();
  x.sum().backward();
  assertEquals(await x.grad!.array(), [1, 1]);
});

/** Changes each tensor in place and sees that no other changes. */
async function assertApart(...tensors: Tensor[]): Promise<void> {
  for (const [i, t] of tensors.entries()) {
    const before = await Promise.all(tensors.map((other) => other.array()));
    t.assign(-100 - i);
    const now = await Promise.all(tensors.map((other) => other.array()));
    assertEquals(now.toSpliced(i, 1), before.toSpliced(i, 1));
  }
}

const add0 = (x: Tensor): Tensor => x.add(0).mul(1);

Deno.test("a retained gradient has memory of its own", async () => {
  const x = variable([1, 2]), y = x.add(0), z = y.reshape([2, 1]);
  y.retainGrad();
  z.retainGrad();
  z.square().sum().backward();
  await assertApart(x.grad!, y.grad!, z.grad!);
});

Deno.test("two leaves that receive one cotangent, or views of it, do not share it", async () => {
  const [a, b, c, d] = [variable([1, 2]), variable([3, 4]), variable([[5], [6]]), variable([7, 8])];
  a.add(b).add(c.reshape([2])).add(d.flip()).square().sum().backward();
  await assertApart(a.grad!, b.grad!, c.grad!, d.grad!);
  assertEquals(a.grad!.isContiguous, true);
});

Deno.test("a gradient does not share memory with what a hook saw or returned", async () => {
  const x = variable([1, 2]), seen: Tensor[] = [], own = tensor([5, 6]);
  const y = add0(x);
  y.registerHook((g) => void seen.push(g));
  x.registerHook((g) => void seen.push(g));
  y.square().sum().backward();
  await assertApart(x.grad!, seen[0]);
  const [a, b] = [variable([1, 2]), variable([1, 2])];
  for (const leaf of [a, b]) leaf.registerHook(() => own);
  a.add(b).sum().backward();
  await assertApart(a.grad!, b.grad!, own);
});

Deno.test("a gradient does not share memory with what a custom gradient returned, or was given", async () => {
  const mask = tensor([1, 0]), seen: Tensor[] = [];
  const masked = customGradient((x) => ({ value: x.mul(1), gradient: () => [mask] }));
  const passed = customGradient((x) => ({ value: x.mul(1), gradient: (ct) => [(seen.push(ct), ct)] }));
  const [x, y] = [variable([1, 2]), variable([1, 2])];
  masked(x).sum().backward();
  passed(y).square().sum().backward();
  await assertApart(x.grad!, mask);
  await assertApart(y.grad!, seen[0]);
});

Deno.test("backward gives all leaves their gradients or, where one has moved since, none", () => {
  for (const moved of [0, 1]) {
    const leaves = [variable([1, 2]), variable([3, 4])], y = leaves[0].add(leaves[1]).sum();
    noGrad(() => leaves[moved].setData(leaves[moved].to("elsewhere")));
    assertThrows(() => y.backward(), TapeError, "call backward before moving it");
    assertEquals(leaves.map((leaf) => leaf.grad), [null, null]);
  }
});
