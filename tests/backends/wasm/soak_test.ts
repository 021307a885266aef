/** Long runs in little memory: what stays behind, or is free in pieces that nothing fits, would fill it up. */
import { type Backend, compile, key, normal, scope, type Tensor, withBackend } from "@tapegrad/core";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { Linear, Sequential, Tanh } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assertEquals, assertLess } from "@std/assert";

const STEPS = 20_000;
/** The calls' own stack has a quarter of it. */
const memoryBytes = 2 ** 20;

type Step = (x: Tensor) => Tensor;

/** Learns to sum rows from batches of several sizes; gives the losses, and what the backend held after each step. */
function train(
  backend: Backend,
  sizes: readonly number[],
  made: (step: Step) => Step,
): { losses: number[]; held: Set<string> } {
  const model = new Sequential(
    new Linear(4, 16, { key: key(0) }),
    new Tanh(),
    new Linear(16, 1, { key: key(1) }),
  );
  const inputs = sizes.map((n, i) => normal([n, 4], { key: key(2 + i) }));
  const optimizer = new GD(model.parameters(), { learningRate: 0.02 });
  const losses: number[] = [], held = new Set<string>();
  const run = made((x) => {
    const loss = model.forward(x).sub(x.sum(1, { keepDims: true })).square().mean();
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss.detach();
  });
  for (let step = 0; step < STEPS; step++) {
    scope(() => {
      const loss = run(inputs[step % inputs.length]);
      if (step % 1000 === 0) losses.push(loss.itemSync());
    });
    // A program is there once it was recorded twice, and is run then.
    if (step > 4 * inputs.length) held.add(JSON.stringify(backend.memory()));
  }
  return { losses, held };
}

const ways: Readonly<Record<string, (step: Step) => Step>> = {
  steps: (step) => step,
  "compiled steps": compile,
};

for (const [way, made] of Object.entries(ways)) {
  for (const [name, small] of [["all", 0], ["what is not small", 256]] as const) {
    Deno.test(`20,000 ${way} with ${name} in wasm memory hold the same after each, in 1 MiB`, () => {
      const backend = createWasmBackend({ small, memoryBytes });
      const { losses, held } = withBackend(backend, () => train(backend, [32, 50, 64, 17, 100, 75], made));
      assertEquals(held.size, 1);
      assertLess(losses.at(-1)!, losses[0] / 20);
    });
  }
}
