/**
 * Training on several threads, which end and begin anew on the way: memory stays as it is, and so do the numbers. Three
 * thousand steps with `TAPEGRAD_LONG=true`, as `deno task test:wasm --long` takes them.
 */
import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { type Backend, fromArray, key, scope, withBackend } from "@tapegrad/core";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { crossEntropy, Linear, Sequential, Tanh } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { environmentVariable } from "../../../../core/base/environment.ts";

const STEPS = environmentVariable("TAPEGRAD_LONG") === "true" ? 3000 : 60;

function train(
  backend: Backend,
): { readonly losses: number[]; readonly held: Set<string>; readonly rss: number[] } {
  const losses: number[] = [], held = new Set<string>(), rss: number[] = [];
  withBackend(backend, () => {
    const x = fromArray(Float32Array.from({ length: 25_600 }, (_, i) => Math.sin(i * 12.9898)), [256, 100]);
    const classes = fromArray(Int32Array.from({ length: 256 }, (_, i) => i * 7 % 10), [256]);
    const model = new Sequential(
      new Linear(100, 200, { key: key(7) }),
      new Tanh(),
      new Linear(200, 10, { key: key(7) }),
    );
    const optimizer = new Adam(model, { learningRate: 0.001 });
    for (let step = 0; step < STEPS; step++) {
      scope(() => {
        optimizer.zeroGrad();
        const loss = crossEntropy(model.forward(x), classes);
        loss.backward();
        optimizer.step();
        if (step % 20 === 0) losses.push(loss.itemSync());
      });
      if (step > 1) held.add(JSON.stringify(backend.memory()));
      if (step % 20 === 10) rss.push(Deno.memoryUsage().rss);
    }
  });
  return { losses, held, rss };
}

Deno.test("a training on two threads holds the same memory after each step, and learns as on one", () => {
  const [one, two] = [1, 2].map((threads) =>
    createWasmBackend({ name: "wasm", threads, memoryBytes: 2 ** 24 })
  );
  const { losses, held, rss } = train(two);
  assertMatch(two.description!, / on 2 threads$/);
  assertEquals(held.size, 1, [...held].join());
  assertEquals(losses, train(one).losses);
  assertLess(losses.at(-1)!, losses[0]);
  const [before, after] = [rss[Math.floor(rss.length / 2)], rss.at(-1)!];
  assertLess(after, before + 2 ** 26, "the process grows");
  two[Symbol.dispose]();
});
