/** scan beside the loop that it is. */
import {
  jvp,
  memory,
  read,
  scan,
  scope,
  ShapeError,
  sum,
  TapeError,
  type Tensor,
  tensor,
  variable,
  vjp,
  vmap,
  zeros,
} from "@tapegrad/core";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type ErrorClass, precise } from "../../backend_traits.ts";
import { checkDerivatives } from "../../proof/gradients/checks.ts";
import { sample } from "../../table/row.ts";

const decay = (level: Tensor, x: Tensor): [Tensor, Tensor] => {
  const next = level.mul(0.5).add(x);
  return [next, next];
};

Deno.test("scan carries from first to last, or the other way", async () => {
  const xs = precise([8, 4, 2]), zero = precise(0);
  const [last, all] = scan(decay, zero, xs);
  assertEquals([await last.item(), await all.array()], [6, [8, 8, 6]]);
  const [first, back] = scan(decay, zero, xs, { reverse: true });
  assertEquals([await first.item(), await back.array()], [10.5, [10.5, 5, 2]]);
});

Deno.test("scan carries, takes and puts out trees", async () => {
  const [carry, { sums: [sums], products }] = scan(
    (
      { total, product }: { total: Tensor; product: Tensor },
      { pair: [a, b] }: { pair: [Tensor, Tensor] },
    ) => {
      const next = { total: total.add(a), product: product.mul(b) };
      return [next, { sums: [next.total] as const, products: next.product }] as const;
    },
    { total: precise(0), product: precise(1) },
    { pair: [precise([1, 2, 3]), precise([2, 3, 4])] as [Tensor, Tensor] },
  );
  assertEquals(await read([carry.total, carry.product]).then((all) => all.map(([x]) => x)), [6, 24]);
  assertEquals([await sums.array(), await products.array()], [[1, 3, 6], [2, 6, 24]]);
});

Deno.test("scan without xs goes a number of steps, and may put out nothing", async () => {
  const [carry, none] = scan((x: Tensor) => [x.mul(2), null] as const, precise(3), null, { length: 4 });
  assertEquals([await carry.item(), none], [48, null]);
});

Deno.test("scan of nothing gives what it began with, and an extent of 0", () => {
  const init = zeros([2]), step = (c: Tensor, x: Tensor) => [c, { wide: x.expand([5, 2]) }] as const;
  const [carry, { wide }] = scan(step, init, zeros([0, 2]));
  assertStrictEquals(carry, init);
  assertEquals(wide.shape, [0, 5, 2]);
});

Deno.test("scan has the derivatives of its loop to second order", async () => {
  const step = (h: Tensor, x: Tensor): [Tensor, Tensor] => {
    const next = h.matmul(tensor([[0.5, -1], [0.25, 1]], { dtype: h.dtype, backend: h.backend })).add(x)
      .tanh();
    return [next, next.square()];
  };
  for (const reverse of [false, true]) {
    const call = (h: Tensor, xs: Tensor) => scan(step, h, xs, { reverse });
    const inputs = () => [sample([3, 2]), sample([4, 3, 2], { seed: 1 })];
    await checkDerivatives({ op: "scan", name: reverse ? "in reverse" : "forward", inputs, call });
  }
});

Deno.test("scan goes through vmap and jvp", async () => {
  const xs = precise([[1, 2, 3], [4, 5, 6]]), last = (x: Tensor) => scan(decay, precise(0), x)[0];
  assertEquals(await vmap(last)(xs).array(), [4.25, 9.5]);
  const [, tangent] = jvp(last, [precise([1, 2, 3])], [precise([1, 0, 1])]);
  assertEquals(await tangent.item(), 1.25);
});

Deno.test("the gradient of a scan is one tensor the size of xs, not one a step", () => {
  const steps = 64, xs = variable(new Array(steps).fill(1));
  const [last] = scan(decay, precise(0).to(xs.dtype), xs);
  const before = memory().bytes;
  const [gradient] = vjp((x: Tensor) => scan(decay, tensor(0), x)[0], xs)[1](last.onesLike());
  assertEquals(gradient.shape, [steps]);
  assert(memory().bytes - before < 64 * steps * 8);
});

Deno.test("scan leaves no memory behind", () => {
  const xs = variable([1, 2, 3]);
  const step = () =>
    scope(() => {
      sum(scan(decay, tensor(0), xs)[1]).backward();
      xs.setGrad(null);
    });
  step();
  const before = memory();
  step();
  assertEquals(memory(), before);
});

Deno.test("scan says what does not fit", () => {
  const xs = zeros([3, 2]);
  const fails = (call: () => unknown, why: string, Class: ErrorClass = ShapeError) =>
    assertThrows(call, Class, why);
  fails(() => scan(decay, zeros([]), { a: xs, b: zeros([2]) } as unknown as Tensor), "[2] in 3 steps");
  fails(
    () => scan((c: Tensor, x: Tensor) => [c.add(x), null], zeros([]), xs),
    "Cannot scan with a carry that changes from f32 [] to f32 [2]",
  );
  fails(() => scan(decay, zeros([]), null as unknown as Tensor), "give xs, or a length", TypeError);
  fails(() => scan(((c: Tensor) => c) as never, zeros([2]), xs), "[carry, y] is needed", TypeError);
  fails(() => scan((async () => await [0, 0]) as never, zeros([2]), xs), "asynchronous", TapeError);
  fails(() => scan(decay, zeros([]), xs, { length: 2 }), "[3, 2] in 2 steps");
});
