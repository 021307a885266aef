import {
  add,
  defineElementwise,
  DtypeError,
  e,
  grad,
  greater,
  mean,
  meanOf,
  mul,
  pow,
  sum,
  sumOf,
  type Tensor,
  tensor,
  valueAndGrad,
  withBackend,
  zeros,
} from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { backend, testWith } from "../../backend_traits.ts";
import { Watcher } from "../call/watched.ts";

const drawn = (seed: number) => Array.from({ length: 3000 }, (_, i) => Math.sin(i * 7 + seed) + 1.1);
const squared = defineElementwise("test.squared", (x, y) => e.square(e.sub(x, y)));

const operands: Readonly<Record<string, () => readonly [Tensor, Tensor]>> = {
  "f32": () => [tensor(drawn(1)), tensor(drawn(2))],
  "f16": () => [tensor(drawn(1), { dtype: "f16" }), tensor(drawn(2), { dtype: "f16" })],
  "f16 and f32": () => [tensor(drawn(1), { dtype: "f16" }), tensor(drawn(2))],
  "views": () => [
    tensor(drawn(1)).reshape([50, 60]).transpose(),
    tensor(drawn(2)).reshape([60, 50]).flip(0),
  ],
  "what broadcasts": () => [tensor(drawn(1)).reshape([50, 60]), tensor(drawn(2)).slice([0, 60])],
  "scalars": () => [tensor(1 / 3), tensor(0.7)],
  "nothing": () => [zeros([0, 3]), zeros([3])],
};

// A device may add a product without rounding it first.
async function assertSame(found: Tensor, expected: Tensor): Promise<void> {
  const [a, b] = [await found.item(), await expected.item()];
  if (backend.name === "cpu") assertEquals(a, b);
  else assert(Object.is(a, b) || Math.abs(a - b) <= 2e-6 * Math.abs(b), `${a}, apart ${b}`);
}

for (const [of, make] of Object.entries(operands)) {
  Deno.test(`sums and means of elementwise ops are to the bit what sum and mean give, of ${of}`, async () => {
    const [x, y] = make();
    for (const op of [squared, mul, pow]) {
      await assertSame(sumOf(op, x, y), sum(op(x, y)));
      await assertSame(meanOf(op, x, y), mean(op(x, y)));
      assertEquals([sumOf(op, x, y).dtype, meanOf(op, x, y).dtype], [op(x, y).dtype, op(x, y).dtype]);
    }
  });
}

testWith({ f64: true }, "as they are in f64, with gradients to first and second order", async () => {
  const [x, y] = [1, 2].map((seed) => tensor(drawn(seed), { dtype: "f64" }));
  for (const op of [squared, mul, pow]) {
    for (const [together, apart] of [[sumOf, sum], [meanOf, mean]] as const) {
      const one = (t: Tensor) => together(op, t, y), two = (t: Tensor) => apart(op(t, y));
      const [[value, slope], [expected, expectedSlope]] = [valueAndGrad(one)(x), valueAndGrad(two)(x)];
      assertEquals(await value.item(), await expected.item());
      assertEquals(await slope.array(), await expectedSlope.array());
      const curvature = (fn: (t: Tensor) => Tensor) => grad((t: Tensor) => grad(fn)(t).square().sum())(x);
      assertEquals(await curvature(one).array(), await curvature(two).array());
    }
  }
});

Deno.test("numbers, integers and truth values are summed as op and sum have it", async () => {
  const whole = tensor([1, 2, 3], { dtype: "i32" }), x = tensor([1, 5]);
  assertEquals(await sumOf(add, whole, 1).array(), 9);
  assertEquals(sumOf(add, whole, 1).dtype, "i32");
  assertEquals([sumOf(greater, x, 2).dtype, await sumOf(greater, x, 2).item()], ["i32", 1]);
  assertEquals(await meanOf(add, whole, 0.5).item(), 2.5);
  assertThrows(() => meanOf(mul, whole, 2), DtypeError, "Cannot take the mean of mul, which is i32");
});

Deno.test("what is no elementwise op is refused", () => {
  assertThrows(() => sumOf((x: Tensor) => x, tensor(1)), TypeError, "Cannot sum a function");
  assertThrows(() => meanOf(null as never), TypeError, "Cannot average null");
});

Deno.test("a sum of an elementwise op is one kernel", () => {
  const watcher = new Watcher(backend);
  withBackend(watcher.backend, () => {
    const x = tensor([1, 2, 3]), y = tensor([3, 2, 1]);
    watcher.forget();
    sumOf(squared, x, y);
  });
  assertEquals(watcher.runs.filter((run) => run.isKernel).map((run) => run.name), ["reduce"]);
});
