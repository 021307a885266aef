import {
  customGradient,
  grad,
  gradgradcheck,
  jvp,
  type Layer,
  noGrad,
  type Op,
  type Primitive,
  scope,
  sum,
  TapeError,
  type Tensor,
  vjp,
  withLayer,
} from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { precise, testWith } from "../../backend_traits.ts";
import { assertClose, leaf } from "./values.ts";

const straightThrough = customGradient((x) => ({ value: x.round(), gradient: (ct) => [ct] }));

Deno.test("a straight-through estimator rounds and lets the gradient through", async () => {
  const x = leaf([0.2, 1.7]);
  const y = straightThrough(x);
  assertEquals(await y.array(), [0, 2]);
  y.mul(precise([3, 5])).sum().backward();
  await assertClose(x.grad!, [3, 5]);
  await assertClose(grad((t: Tensor) => straightThrough(t).pow(2).sum())(precise([0.2, 1.7])), [0, 4]);
});

Deno.test("a batch keeps the value of a custom gradient, and refuses to lose the gradient", async () => {
  const ops: Op[] = [];
  const spy: Layer = { handle: (call, next) => (ops.push(call.op), next(call)) };
  withLayer(spy, () => straightThrough(precise([0.2])));
  const link = ops.find(({ name }) => name === "customGradient") as Primitive<null>;
  const values = precise([[0], [2]]), inputs = leaf([[0.2], [1.7]]);
  for (const x of [precise([[0.2], [1.7]]), inputs.detach()]) {
    const { outputs: [y], axes } = link.batch([values, x], [0, 0], null);
    assertEquals([await y.array(), axes], [[[0], [2]], [0]]);
  }
  assertEquals(noGrad(() => link.batch([values, inputs], [0, 0], null)).axes, [0]);
  assertThrows(() => link.batch([values, inputs], [0, 0], null), TapeError, "Cannot batch a custom gradient");
});

Deno.test("the identity with a gradient of its own leaves the argument what it was", async () => {
  const reversed = customGradient((x) => ({ value: x, gradient: (ct) => [ct.neg()] }));
  const x = leaf([1, 2]);
  const y = reversed(x);
  assertEquals([x.isLeaf, y === x], [true, false]);
  y.mul(3).sum().backward();
  await assertClose(x.grad!, [-3, -3]);
});

const scaled = customGradient((x, y) => ({
  value: x.mul(y),
  gradient: (ct) => [ct.mul(y).mul(10), ct.mul(x).mul(100)],
}));

Deno.test("several arguments each get their cotangent", async () => {
  const [dx, dy] = vjp((x: Tensor, y: Tensor) => scaled(x, y), precise(2), precise(3))[1](precise(1));
  await assertClose(dx, 30);
  await assertClose(dy, 200);
});

Deno.test("null stands for zero, and the rule runs once for all arguments", async () => {
  let runs = 0;
  const fn = customGradient((x, y, z) => ({
    value: x.add(y).add(z),
    gradient: (ct) => {
      runs++;
      return [ct, null, ct.mul(2)];
    },
  }));
  const gradients = vjp((...all: Tensor[]) => fn(...all), precise(1), precise(2), precise(3))[1](precise(1));
  assertEquals(await Promise.all(gradients.map((g) => g.item())), [1, 0, 2]);
  assertEquals(runs, 1);
});

// x³ with a rule that reads its argument, an intermediate and the value.
const cube = customGradient((x) => {
  const square = x.mul(x), value = square.mul(x);
  return { value, gradient: (ct) => [ct.mul(square).add(ct.mul(value.div(x)).mul(2))] };
});

Deno.test("a rule written in ops is differentiated again, through intermediates too", async () => {
  await assertClose(grad(cube)(precise(2)), 12);
  await assertClose(grad(grad(cube))(precise(2)), 12);
  await assertClose(grad(grad(grad(cube)))(precise(2)), 6);
});

testWith({ f64: true }, "a rule written in ops has the derivatives of differences to second order", () => {
  return gradgradcheck(cube, [precise([0.5, -1.5])]);
});

Deno.test("under jvp the rule is transposed", async () => {
  await assertClose(jvp(straightThrough, [precise([0.2, 1.7])], [precise([3, 4])])[1], [3, 4]);
  await assertClose(jvp(scaled, [precise(2), precise(3)], [precise(1), precise(10)])[1], 2030);
  await assertClose(jvp(cube, [precise(2)], [precise(1)])[1], 12);
  await assertClose(jvp(grad(cube), [precise(2)], [precise(1)])[1], 12);
  await assertClose(grad((x: Tensor) => jvp(cube, [x], [precise(1)])[1])(precise(2)), 12);
});

Deno.test("a wrong number of cotangents is an error that counts them", () => {
  const fn = customGradient((x, y) => ({ value: x.add(y), gradient: (ct) => [ct] }));
  const run = (): unknown => grad((x: Tensor) => fn(x, precise(1)))(precise(1));
  assertThrows(run, TapeError, "it returned 1 cotangents for 2 arguments");
});

Deno.test("a cotangent of another shape is an error that shows both", () => {
  const fn = customGradient((x) => ({ value: x.sum(), gradient: (ct) => [ct] }));
  assertThrows(() => grad((x: Tensor) => fn(x))(precise([1, 2])), Error, "[2]");
});

Deno.test("one cotangent serves a walk that is not recorded and one that is", async () => {
  const x = leaf([2, 3]), ct = precise([1, 1]);
  const y = cube(x);
  y.backward({ gradient: ct, retainGraph: true });
  await assertClose(x.grad!, [12, 27]);
  x.setGrad(null);
  y.backward({ gradient: ct, createGraph: true });
  const gradient = x.grad!;
  x.setGrad(null);
  sum(gradient).backward();
  await assertClose(x.grad!, [12, 18]);
});

Deno.test("one cotangent serves two walks in scopes of their own", async () => {
  const x = leaf([2, 3]), ct = precise([1, 1]), y = cube(x);
  for (let i = 0; i < 2; i++) scope(() => y.backward({ gradient: ct, retainGraph: true }));
  await assertClose(x.grad!, [24, 54]);
});

Deno.test("a result can leave its scope with an argument made there", async () => {
  const x = leaf(2);
  const y = scope(() => customGradient((t) => ({ value: t.exp(), gradient: (ct) => [ct.mul(t)] }))(x.mul(3)));
  y.backward();
  await assertClose(x.grad!, 18);
});

Deno.test("an argument that was changed in place since is an error", () => {
  const x = leaf(2), h = leaf(3);
  const y = scaled(x, h);
  h.requiresGrad = false;
  h.assign(5);
  assertThrows(() => y.backward(), TapeError, "was changed in place");
});
