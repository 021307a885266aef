/** How much of a backend a step of training calls: these numbers may fall, and a change that makes them rise is seen. */
import { currentBackend, scope, tensor, withBackend } from "@tapegrad/core";
import { Linear, mseLoss, Sequential, Tanh } from "@tapegrad/nn";
import { GD, type GDOptions } from "@tapegrad/optim";
import { assertEquals } from "@std/assert";
import "../../backend_traits.ts";
import { Watcher } from "./watched.ts";

/** How often each function and kernel is called in the third step of a 2-64-64-1 network. */
function callsOfAStep(options: Partial<GDOptions>): Readonly<Record<string, number>> {
  const watcher = new Watcher(currentBackend()), counts: Record<string, number> = {};
  withBackend(watcher.backend, () => {
    const tanh = () => new Tanh();
    const model = new Sequential(new Linear(2, 64), tanh(), new Linear(64, 64), tanh(), new Linear(64, 1));
    const x = tensor([[1, 2], [3, 4], [5, 6], [7, 8]]), y = tensor([[1], [2], [3], [4]]);
    const optimizer = new GD(model.parameters(), { learningRate: 0.1, ...options });
    for (let i = 0; i < 3; i++) {
      watcher.forget();
      scope(() => {
        optimizer.zeroGrad();
        mseLoss(model.forward(x), y).backward();
        optimizer.step();
      });
    }
  });
  for (const { name } of watcher.runs) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const kernels = { matmul: 8, map: 15, reduce: 4 }, memory = { allocate: 21, free: 21 };

for (const options of [{}, { momentum: 0.9 }, { momentum: 0.9, nesterov: true, weightDecay: 0.1 }]) {
  Deno.test(`a step of a 2-64-64-1 network by GD with ${JSON.stringify(options)} is 27 kernels`, () => {
    assertEquals(callsOfAStep(options), { ...memory, ...kernels });
  });
}

Deno.test("dampening counts the steps of each parameter", () => {
  const { map } = callsOfAStep({ momentum: 0.9, dampening: 0.5 });
  assertEquals(map, kernels.map + 6);
});
