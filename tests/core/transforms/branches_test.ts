/** Branches and loops beside what they are written out. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  cond,
  grad,
  hessian,
  jvp,
  ShapeError,
  type Tensor,
  tensor,
  variable,
  vmap,
  whileLoop,
} from "@tapegrad/core";
import "@tapegrad/backends";

const root = (x: Tensor): Tensor => cond(x.greater(0), (x) => x.sqrt(), (x) => x.mul(-2), x);
const isSmall = (x: Tensor): Tensor => x.less(100), squared = (x: Tensor): Tensor => x.mul(x);
const power = (x: Tensor): Tensor => whileLoop(isSmall, squared, x, { limit: 6 });

Deno.test("cond takes one of two values and its derivatives of either mode, where the other has none", async () => {
  for (const [at, value, slope, curve] of [[4, 2, 0.25, -1 / 32], [-4, 8, -2, 0], [0, 0, -2, 0]]) {
    const x = tensor(at);
    assertEquals(await root(x).item() + 0, value);
    assertEquals(await grad(root)(x).item(), slope);
    assertEquals(await jvp(root, [x], [tensor(1)])[1].item(), slope);
    assertEquals(await hessian(root)(x).item(), curve);
  }
});

Deno.test("cond goes through vmap, element by element", async () => {
  const xs = tensor([4, -4, 9]);
  assertEquals(await vmap(root)(xs).array(), [2, 8, 3]);
  assertEquals(await vmap(grad(root))(xs).array(), [0.25, -2, 1 / 6].map(Math.fround));
  assertEquals(
    await grad((x: Tensor) => vmap(root)(x).sum())(xs).array(),
    [0.25, -2, 1 / 6].map(Math.fround),
  );
});

Deno.test("cond of a boolean calls one function; trees are taken whole, and have to be alike", async () => {
  let calls = 0;
  const counted = (x: Tensor): Tensor => (calls++, x);
  cond(true, counted, counted, tensor(1));
  assertEquals(calls, 1);
  const swapped = cond(
    tensor(true),
    (a: Tensor, b: Tensor) => ({ pair: [b, a] }),
    (a: Tensor, b: Tensor) => ({ pair: [a, b] }),
    tensor([0, 1]),
    tensor([2, 3]),
  );
  assertEquals(await swapped.pair[0].array(), [2, 3]);
  assertEquals(await swapped.pair[1].array(), [0, 1]);
});

Deno.test("branches that differ, and conditions that decide nothing, are refused", () => {
  const x = tensor([1, 2]);
  assertThrows(
    () => cond(tensor(true), () => x, () => x.sum()),
    ShapeError,
    "Cannot cond with results that differ",
  );
  assertThrows(() => cond(x, () => x, () => x), TypeError, "a scalar tensor or a boolean is needed");
  assertThrows(
    () => whileLoop(isSmall, (x) => x.reshape([1]), tensor(3), { limit: 2 }),
    ShapeError,
    "a carry",
  );
  assertThrows(() => whileLoop(isSmall, squared, tensor(3), { limit: -1 }), RangeError, "limit");
});

Deno.test("whileLoop goes on until its test fails, within a limit or not", async () => {
  assertEquals(await power(tensor(3)).item(), 6561);
  assertEquals(await whileLoop(isSmall, squared, tensor(3), { limit: 2 }).item(), 81);
  assertEquals(await power(tensor(1000)).item(), 1000);
  assertEquals(await (await whileLoop(isSmall, squared, tensor(3))).item(), 6561);
  let calls = 0;
  assertEquals(await whileLoop(() => ++calls < 3, squared, tensor(2), { limit: 9 }).item(), 16);
  await assertRejects(
    async () => await whileLoop(() => tensor([1]), squared, tensor(3)),
    TypeError,
    "scalar",
  );
});

Deno.test("whileLoop has the derivatives of the steps that it took, of either mode, to second order", async () => {
  const x = tensor(3);
  assertEquals(await grad(power)(x).item(), 8 * 3 ** 7);
  assertEquals(await jvp(power, [x], [tensor(1)])[1].item(), 8 * 3 ** 7);
  assertEquals(await hessian(power)(x).item(), 56 * 3 ** 6);
  const y = variable(3);
  (await whileLoop(isSmall, squared, y as Tensor)).backward();
  assertEquals(await y.grad!.item(), 8 * 3 ** 7);
});

Deno.test("whileLoop takes as many steps as each element of a batch needs", async () => {
  const xs = tensor([3, 10, 2]);
  assertEquals(await vmap(power)(xs).array(), [6561, 100, 256]);
  assertEquals(await vmap(grad(power))(xs).array(), [8 * 3 ** 7, 20, 8 * 2 ** 7]);
});

Deno.test("steps behind the last one leave no NaN in gradients", async () => {
  const shrink = (x: Tensor): Tensor => x.sub(1).sqrt();
  const run = (x: Tensor): Tensor => whileLoop((x) => x.greater(1), shrink, x, { limit: 5 });
  assertEquals(await run(tensor(2)).item(), 1);
  assertEquals(await grad(run)(tensor(2)).item(), 0.5);
});
