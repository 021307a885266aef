/** A gradient told step by step. */
import { checkpoint, explain, scope, sort, TapeError, type Tensor, tensor, variable } from "@tapegrad/core";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { f } from "../../../demos/experiments/gradient.ts";
import { testWith } from "../../backend_traits.ts";

function named(label: string, value: number | readonly number[]): Tensor {
  const x = variable(value as number);
  x.label = label;
  return x;
}

testWith({ synchronous: true }, "experiment 1 as a teacher tells it", async () => {
  const x = named("x", 10);
  assertEquals(
    await explain(() => f(x)),
    `op                value      gradient     local derivatives
v5 = pow(v3, v4)  0.0012491  1            by v3: 0.023629, by v4: -0.00092785
v4 = sub(x, 1)    9          -0.00092785  by x: 1
v3 = sub(v2, 1)   0.47577    0.023629     by v2: 1
v2 = pow(v0, v1)  1.4758     0.023629     by v0: 0.042165, by v1: 2.8717
v1 = div(2, x)    0.2        0.067855     by x: -0.02
v0 = sub(x, 3)    7          0.00099631   by x: 1
x                 10         -0.0012887`,
  );
});

Deno.test("of a loss that is there, values are told as far as the tape saved them", async () => {
  const x = named("x", 3), loss = x.mul(2).square();
  assertEquals(
    await explain(loss),
    `op               value  gradient  local derivatives
v1 = square(v0)  36     1         by v0: 12
v0 = mul(x, 2)   6      12        by x: 2
x                3      24`,
  );
});

Deno.test("it changes no gradient, and the loss may go backward after it", async () => {
  const x = named("x", 3), loss = x.square(), seen: Tensor[] = [];
  x.registerHook((gradient) => {
    seen.push(gradient);
    return gradient.mul(10);
  });
  assertStringIncludes(await explain(loss), "60"); // hooks have their say
  assertEquals([x.grad, seen.length], [null, 1]);
  loss.backward();
  assertEquals([await x.grad!.item(), seen.length], [60, 2]);
  await assertRejects(async () => await explain(loss), TapeError, "a second time");
});

Deno.test("tensors of more elements, several outputs, and what is recomputed", async () => {
  const x = named("x", [3, 1, 2, 5]);
  const text = await explain(() => {
    const { values } = sort(checkpoint((x: Tensor) => x.square())(x).reshape([2, 2]));
    return values.mul(tensor([[1, 2], [3, 4]])).sum();
  });
  assertStringIncludes(text, "sum(");
  assertStringIncludes(text, "[9, 1, 4, …]");
  assertStringIncludes(text, "a Jacobian of");
  assertStringIncludes(text, "[12, 2, 12, …]");
  assertEquals(scope(() => x.grad), null);
});

Deno.test("what has no gradient cannot be explained", async () => {
  await assertRejects(
    async () => await explain(() => tensor(1)),
    TapeError,
    "nothing it was made from requires",
  );
  const asked = (() => Promise.resolve(tensor(1))) as unknown as () => Tensor;
  await assertRejects(async () => await explain(asked), TapeError, "asynchronous");
});
