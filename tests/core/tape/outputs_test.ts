/** Ops of several outputs on the tape: one node, gradients through the floating outputs, hooks on each. */
import * as tg from "@tapegrad/core";
import { applyAll, e, map, type Tensor, tensor, variable } from "@tapegrad/core";
import { assertAlmostEquals, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { within } from "../../backend_traits.ts";
import { nodeOf, slotOf } from "../../../core/tensor/internals.ts";

const numbers = [3, -1, 2, 5];

function ordered(): { x: Tensor; values: Tensor; indices: Tensor } {
  const x = variable(numbers);
  return { x, ...tg.sort(x) };
}

const calls: Readonly<Record<string, (x: Tensor) => readonly Tensor[]>> = {
  sort: (x) => Object.values(tg.sort(x)),
  topk: (x) => Object.values(tg.topk(x, 2)),
  cummax: (x) => Object.values(tg.cummax(x, 0)),
  cummin: (x) => Object.values(tg.cummin(x, 0)),
  varMean: (x) => Object.values(tg.varMean(x)),
};

for (const [name, call] of Object.entries(calls)) {
  Deno.test(`${name} is one op of two outputs: listed once, recorded once, and one call to a layer that keeps it`, () => {
    assertEquals(tg.ops().filter((op) => op.name === name).map(({ kind, arity }) => [kind, arity]), [
      ["composite", 1],
    ]);
    const [first, second] = call(variable(numbers));
    assertStrictEquals(nodeOf(first)!.op!.name, name);
    assertEquals([nodeOf(first)!.outputCount, slotOf(first)], [2, 0]);
    if (tg.isFloating(second.dtype)) {
      assertStrictEquals(nodeOf(second), nodeOf(first));
      assertEquals(slotOf(second), 1);
    } else assertEquals(nodeOf(second), null);
    const seen: string[] = [];
    const spy: tg.Layer = {
      keeps: (op) => op.name === name,
      handle(call, next): readonly Tensor[] {
        const outputs = next(call);
        seen.push(`${call.op.name} ${outputs.length}`);
        return outputs;
      },
    };
    tg.withLayer(spy, () => call(variable(numbers)));
    assertEquals(seen, [`${name} 2`]);
  });

  Deno.test(`a layer that does not keep ${name} sees what it is made of, with the same gradient`, async () => {
    const [x, y] = [variable(numbers), variable(numbers)], seen: string[] = [];
    const spy: tg.Layer = {
      handle(call, next): readonly Tensor[] {
        seen.push(call.op.name);
        return next(call);
      },
    };
    call(x)[0].square().sum().backward();
    tg.withLayer(spy, () => call(y)[0]).square().sum().backward();
    assertEquals(seen.includes(name), false);
    const [one, parts] = await tg.read([x.grad!, y.grad!]);
    one.forEach((v: number, i: number) => assertAlmostEquals(v, parts[i], within(1e-12, 1e-5)));
  });

  Deno.test(`the derivative of ${name} forward is its gradient's`, async () => {
    const x = tensor(numbers), t = tensor([1, 10, 100, 1000]), ct = (y: Tensor) => y.square().sum();
    const [, forward] = tg.jvp((x: Tensor) => ct(call(x)[0]), [x], [t]);
    const backward = tg.grad((x: Tensor) => ct(call(x)[0]))(x).mul(t).sum();
    const [a, b] = await tg.read([forward, backward]);
    assertAlmostEquals(a[0], b[0], within(1e-9, 1e-2));
  });
}

Deno.test("positions carry no gradient, and what is computed from them alone has none", async () => {
  const { x, values, indices } = ordered();
  assertEquals([values.requiresGrad, indices.requiresGrad, indices.dtype], [true, false, "i32"]);
  assertThrows(() => indices.to("f32").sum().backward(), tg.TapeError, "nothing it was made from");
  values.mul(indices.to("f32")).sum().backward();
  assertEquals(await x.grad!.array(), [0, 1, 2, 3]);
});

Deno.test("a map of outputs of several dtypes passes gradients through the floating ones", async () => {
  const x = variable([1, -2]), x0 = e.input(0);
  const exprs = [e.lt(x0, 0), e.mul(x0, x0), e.cast(x0, "i32"), e.mul(3, x0)];
  const [isLow, square, whole, triple] = applyAll(map, [x], { name: "parts", exprs });
  assertEquals([isLow, square, whole, triple].map((t) => t.requiresGrad), [false, true, false, true]);
  square.add(triple).sum().backward();
  assertEquals(await x.grad!.array(), [5, -1]);
  const [, , , last] = applyAll(map, [x], { name: "parts", exprs });
  last.sum().backward();
  assertEquals(await x.grad!.array(), [8, 2]);
});

Deno.test("retainGrad and hooks on the second output are about it alone", async () => {
  const x = variable([1, 3, 5, 7]), { variance, mean } = tg.varMean(x, 0, { correction: 0 });
  const seen: (readonly [string, Tensor])[] = [];
  mean.retainGrad();
  variance.registerHook((ct) => void seen.push(["variance", ct]));
  mean.registerHook((ct) => {
    seen.push(["mean", ct]);
    return ct.mul(10);
  });
  variance.mul(2).add(mean.mul(3)).backward();
  assertEquals(seen.map(([name]) => name), ["variance", "mean"]);
  assertEquals(await Promise.all(seen.map(([, ct]) => ct.item())), [2, 3]);
  assertEquals([await mean.grad!.item(), variance.grad], [30, null]);
  assertEquals(await x.grad!.array(), [-3, -1, 1, 3].map((d) => 2 * 2 * d / 4 + 30 / 4));
});

Deno.test("both outputs retain their gradients, and a hook that is taken off is not called", async () => {
  const x = variable([1, 3]), { variance, mean } = tg.varMean(x, 0, { correction: 0 });
  variance.retainGrad();
  mean.retainGrad();
  mean.registerHook((ct) => ct.mul(100))();
  variance.mul(mean).backward();
  assertEquals([await variance.grad!.item(), await mean.grad!.item()], [2, 1]);
  assertEquals(await x.grad!.array(), [-1 * 2 + 0.5, 1 * 2 + 0.5]);
});

Deno.test("grad, vjp and second derivatives start at the second output too", async () => {
  const level = (x: Tensor) => tg.varMean(x).mean, x = tensor([1, 2, 4, 5]);
  assertEquals(await tg.grad(level)(x).array(), [0.25, 0.25, 0.25, 0.25]);
  const [, pull] = tg.vjp((x: Tensor) => Object.values(tg.varMean(x, 0, { correction: 0 })), x);
  const [gradient] = pull([tensor(0), tensor(4)]);
  assertEquals(await gradient.array(), [1, 1, 1, 1]);
  const product = (x: Tensor) => {
    const { variance, mean } = tg.varMean(x, 0, { correction: 0 });
    return variance.mul(mean);
  };
  // v = ((a-b)/2)², m = (a+b)/2 at (1, 3): d²(v·m)/da² = m/2 + (a-b)/2.
  assertEquals(await tg.hessian(product)(tensor([1, 3])).array(), [[0, -1], [-1, 2]]);
});

Deno.test("a second backward needs retainGraph, whichever output it starts from", async () => {
  const x = variable([1, 3]), { variance, mean } = tg.varMean(x, 0, { correction: 0 });
  mean.backward({ retainGraph: true });
  variance.backward();
  assertEquals(await x.grad!.array(), [-0.5, 1.5]);
  assertThrows(() => mean.backward(), tg.TapeError, "Cannot go backward through varMean a second time");
});

Deno.test("a checkpointed function has ops of several outputs recomputed", async () => {
  const fn = (x: Tensor) => tg.sort(x).values.mul(tensor([1, 2, 3, 4])).sum().mul(tg.varMean(x).variance);
  const [x, y] = [variable(numbers), variable(numbers)];
  fn(x).backward();
  tg.checkpoint(fn)(y).backward();
  assertEquals(await y.grad!.array(), await x.grad!.array());
});
