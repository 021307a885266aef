import { afterBackward, checkpoint, grad, TapeError, type Tensor, variable } from "@tapegrad/core";
import "@tapegrad/backends";
import { assert, assertEquals, assertThrows } from "@std/assert";

Deno.test("hooks of leaves are called as soon as nothing more passes them a gradient", () => {
  const order: string[] = [], [a, b, c] = [variable(2), variable(3), variable(5)];
  const x = variable(7);
  for (const [name, leaf] of Object.entries({ a, b, c })) leaf.registerHook(() => void order.push(name));
  const h1 = x.mul(a), h2 = h1.mul(b), y = h2.mul(c);
  h1.registerHook(() => void order.push("h1"));
  h2.registerHook(() => void order.push("h2"));
  y.backward();
  assertEquals(order, ["c", "h2", "b", "h1", "a"]);
});

Deno.test("a leaf that is used twice has its hook called once, with the whole gradient", async () => {
  const a = variable(3), seen: Tensor[] = [];
  a.registerHook((ct) => void seen.push(ct));
  a.square().mul(a).backward();
  assertEquals(await Promise.all(seen.map((ct) => ct.item())), [27]);
  assertEquals(await a.grad!.item(), 27);
});

Deno.test("hooks after accumulation see the sum, may replace it, and stop", async () => {
  const x = variable(3), seen: Promise<number>[] = [];
  const stop = x.registerPostAccumulateGradHook((leaf) => {
    assert(leaf === x);
    seen.push(leaf.grad!.item());
    leaf.setGrad(leaf.grad!.mul(2));
  });
  x.mul(5).backward();
  x.mul(5).backward();
  stop();
  x.mul(5).backward();
  assertEquals(await Promise.all(seen), [5, 15]);
  assertEquals(await x.grad!.item(), 35);
});

Deno.test("such a hook is for leaves, and takes a function", () => {
  const x = variable(3), y = x.mul(2);
  assertThrows(() => y.registerPostAccumulateGradHook(() => {}), TapeError, "a leaf is needed");
  assertThrows(() => x.detach().registerPostAccumulateGradHook(() => {}), TapeError, "set requiresGrad");
  assertThrows(() => x.registerPostAccumulateGradHook(1 as never), TypeError, "a function");
});

Deno.test("what is to be called after a backward is called once, when all gradients are there", async () => {
  const a = variable(2), b = variable(3), calls: Promise<(number | undefined)[]>[] = [];
  const look = () => void calls.push(Promise.all([a.grad?.item(), b.grad?.item()]));
  a.registerHook(() => void afterBackward(look));
  b.registerPostAccumulateGradHook(() => void afterBackward(look));
  a.mul(b).backward();
  checkpoint((a: Tensor, b: Tensor) => a.mul(b))(a, b).backward();
  assertEquals(await Promise.all(calls), [[3, 2], [6, 4]]);
});

Deno.test("grad() leaves no gradients, so there is nothing to be called after it", () => {
  const a = variable(2);
  const told: boolean[] = [];
  a.registerHook(() => void told.push(afterBackward(() => told.push(true))));
  grad((x: Tensor) => x.mul(a))(variable(3));
  assertEquals(told.includes(true), false);
  assertEquals(afterBackward(() => {}), false);
});

Deno.test("an error in a backward forgets what was to be called after it", () => {
  const a = variable(2);
  let calls = 0;
  const stop = a.registerHook(() => {
    afterBackward(() => calls++);
    throw new Error("stop");
  });
  assertThrows(() => a.mul(2).backward(), Error, "stop");
  stop();
  a.mul(2).backward();
  assertEquals(calls, 0);
});
