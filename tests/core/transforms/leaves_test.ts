import { grad, hessian, jacobian, jvp, noGrad, type Tensor, valueAndGrad, vjp } from "@tapegrad/core";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { precise } from "../../backend_traits.ts";
import { assertClose, leaf } from "./values.ts";
import { nodeOf, storageOf } from "../../../core/tensor/internals.ts";

Deno.test("grad leaves captured leaves alone", async () => {
  const w = leaf([2, 3]);
  const gradient = grad((x: Tensor) => x.mul(w).sum())(precise([1, 1]));
  await assertClose(gradient, [2, 3]);
  assertEquals(w.grad, null);
});

Deno.test("value and gradient stay on the tape where a captured leaf asks for them", async () => {
  const w = leaf([2, 3]);
  const [value, gradient] = valueAndGrad((x: Tensor) => x.mul(x).mul(w).sum())(precise([1, 2]));
  assertEquals([value.requiresGrad, gradient.requiresGrad], [true, true]);
  value.backward({ retainGraph: true });
  await assertClose(w.grad!, [1, 4]);
  w.setGrad(null);
  gradient.sum().backward();
  await assertClose(w.grad!, [2, 4]);
});

Deno.test("value and gradient are off the tape where nothing outside asks", () => {
  const w = precise([2, 3]);
  const [value, gradient] = valueAndGrad((x: Tensor) => x.mul(x).mul(w).sum())(precise([1, 2]));
  assertEquals([value.requiresGrad, gradient.requiresGrad], [false, false]);
  const held = leaf([2, 3]);
  const quiet = noGrad(() => valueAndGrad((x: Tensor) => x.mul(x).mul(held).sum())(precise([1, 2])));
  assertEquals(quiet.map((t) => t.requiresGrad), [false, false]);
});

Deno.test("the input of grad may be a leaf: backward goes through the gradient", async () => {
  const x = leaf([1, 2]);
  grad((t: Tensor) => t.pow(3).sum())(x).sum().backward();
  await assertClose(x.grad!, [6, 12]);
});

Deno.test("grad of an input on the tape reaches the leaf it was made from", async () => {
  const x = leaf(2);
  const y = x.mul(3);
  grad((t: Tensor) => t.pow(3))(y).backward();
  await assertClose(x.grad!, 6 * 6 * 3);
});

Deno.test("vjp: primal outputs and pullbacks reach captured leaves", async () => {
  const w = leaf([2, 3]);
  const [y, pull] = vjp((x: Tensor) => x.mul(x).mul(w), precise([1, 2]));
  y.sum().backward({ retainGraph: true });
  await assertClose(w.grad!, [1, 4]);
  w.setGrad(null);
  pull(precise([1, 1]))[0].sum().backward();
  await assertClose(w.grad!, [2, 4]);
});

Deno.test("jvp, jacobian and hessian reach captured leaves", async () => {
  const w = leaf(2), x = precise([1, 2]);
  const gradientOf = (y: Tensor): Tensor => {
    w.setGrad(null);
    y.sum().backward();
    return w.grad!;
  };
  const fn = (t: Tensor): Tensor => t.pow(3).mul(w);
  await assertClose(gradientOf(jvp(fn, [x], [precise([1, 1])])[1]), 15);
  await assertClose(gradientOf(jacobian(fn)(x)), 15);
  await assertClose(gradientOf(jacobian(fn, { mode: "reverse" })(x)), 15);
  await assertClose(gradientOf(hessian((t: Tensor) => fn(t).sum())(x)), 18);
});

Deno.test("backward inside a transformed function fills only the leaves it reaches", async () => {
  const w = leaf(3);
  const gradient = grad((x: Tensor) => {
    w.mul(w).backward();
    return x.mul(x);
  })(precise(2));
  await assertClose(gradient, 4);
  await assertClose(w.grad!, 6);
});

Deno.test("a gradient by createGraph can be differentiated by grad's rules and backward's alike", async () => {
  const x = leaf([1, 2]);
  x.pow(4).sum().backward({ createGraph: true });
  const first = x.grad!;
  x.setGrad(null);
  first.sum().backward({ createGraph: true });
  await assertClose(x.grad!, [12, 48]);
  const second = x.grad!;
  x.setGrad(null);
  second.sum().backward();
  await assertClose(x.grad!, [24, 48]);
});

Deno.test("a hook on a stand-in changes the gradient of grad, vjp and the second order", async () => {
  const doubled = (x: Tensor): Tensor => {
    if (x.requiresGrad) x.registerHook((ct) => ct.mul(2));
    return x.pow(3);
  };
  await assertClose(grad(doubled)(precise(2)), 24);
  await assertClose(vjp(doubled, precise(2))[1](precise(1))[0], 24);
  // Once for the inner gradient, and again when the outer walk comes through the inner stand-in.
  await assertClose(grad(grad((x: Tensor) => doubled(x)))(precise(2)), 48);
});

Deno.test("a hook on an intermediate sees its cotangent and may replace it", async () => {
  const seen: Tensor[] = [];
  const fn = (x: Tensor): Tensor => {
    const h = x.mul(3);
    h.registerHook((ct) => {
      seen.push(ct);
      return ct.mul(0);
    });
    return h.mul(h);
  };
  await assertClose(grad(fn)(precise(2)), 0);
  assertEquals(await Promise.all(seen.map((ct) => ct.item())), [12]);
});

Deno.test("a hook that was taken off does not run; hooks run in order", async () => {
  const x = leaf(1), order: string[] = [];
  const off = x.registerHook(() => void order.push("first"));
  x.registerHook(() => void order.push("second"));
  x.registerHook((ct) => ct.mul(5));
  x.mul(2).backward();
  assertEquals(order, ["first", "second"]);
  await assertClose(x.grad!, 10);
  off();
  x.mul(2).backward();
  assertEquals(order, ["first", "second", "second"]);
});

Deno.test("a hook runs once however often the tensor was used", async () => {
  const x = leaf(2);
  let runs = 0;
  const h = x.mul(1);
  h.registerHook(() => void runs++);
  h.add(h).mul(h).backward();
  assertEquals(runs, 1);
  await assertClose(x.grad!, 8);
});

Deno.test("a tensor that fn returns unchanged is not the caller's own", () => {
  const x = precise([1]);
  const [y] = vjp((t: Tensor) => t, x);
  assertEquals(y === x, false);
  assertStrictEquals(storageOf(y), storageOf(x));
});

Deno.test("an inner gradient does not walk through what was recorded before it", async () => {
  const x = leaf([1, 2]), early = x.mul(2);
  let visits = 0;
  const { parents } = nodeOf(early)!;
  Object.defineProperty(nodeOf(early)!, "parents", { get: () => (visits++, parents) });
  const h = early.exp().mul(3).sin();
  await assertClose(grad((y: Tensor) => y.mul(y).sum())(h), h.mul(2));
  jvp((y: Tensor) => y.prod(), [h], [precise([1, 1])]);
  assertEquals(visits, 0);
  h.sum().backward();
  assertEquals(visits > 0, true);
});
