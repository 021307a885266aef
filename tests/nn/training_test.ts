import { key, memory, normal, ops, read, scope } from "@tapegrad/core";
import {
  DataLoader,
  Dropout,
  forwardDataset,
  Linear,
  MSELoss,
  Sequential,
  Tanh,
  TensorDataset,
} from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import "@tapegrad/backends";
import { assert, assertEquals } from "@std/assert";
import { settledMemory } from "../proof/memory/collect.ts";

function network(seed: number): Sequential {
  return new Sequential(
    new Linear(2, 16, { key: key(seed) }),
    new Tanh(),
    new Dropout(0.05, { key: key(seed + 1) }),
    new Linear(16, 1, { key: key(seed + 2) }),
  );
}

/** y = x₀·x₁ at 128 points. */
function samples(): TensorDataset {
  const x = normal([128, 2], { key: key(5) });
  return new TensorDataset(x, x.slice(null, [0, 1]).mul(x.slice(null, [1, 2])));
}

function epoch(model: Sequential, loader: DataLoader, optimizer: GD): void {
  const criterion = new MSELoss();
  for (const [x, y] of loader) {
    scope(() => {
      optimizer.zeroGrad();
      criterion.forward(model.forward(x), y).backward();
      optimizer.step();
    });
  }
}

function lossOf(model: Sequential, data: TensorDataset): Promise<number> {
  return scope(() => new MSELoss().forward(forwardDataset(model, data), data.tensors[1])).item();
}

async function train(epochs: number): Promise<{ model: Sequential; loss: number }> {
  const model = network(1), data = samples();
  const loader = new DataLoader(data, { batchSize: 16, shuffle: true, key: key(3) });
  const optimizer = new GD(model, { learningRate: 0.1, momentum: 0.9 });
  for (let i = 0; i < epochs; i++) epoch(model, loader, optimizer);
  return { model, loss: await lossOf(model.eval(), data) };
}

Deno.test("a network learns a product, and does so again from the same keys", async () => {
  const first = await train(60), second = await train(60), before = await lossOf(network(1), samples());
  assert(first.loss < 0.2 * before, `from ${before} to ${first.loss}`);
  assertEquals(await read(second.model.parameters()), await read(first.model.parameters()));
});

Deno.test("an epoch in a scope leaves no memory behind", () => {
  const model = network(1), data = samples();
  const loader = new DataLoader(data, { batchSize: 16, shuffle: true });
  const optimizer = new GD(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
  scope(() => epoch(model, loader, optimizer));
  const before = memory();
  for (let i = 0; i < 3; i++) scope(() => epoch(model, loader, optimizer));
  assertEquals(memory(), before);
});

Deno.test("an asynchronous epoch in a scope leaves no memory behind", async () => {
  const model = network(1), data = samples(), criterion = new MSELoss();
  const optimizer = new GD(model, { learningRate: 0.1, momentum: 0.9 });
  const step = () =>
    scope(async () => {
      optimizer.zeroGrad();
      const loss = criterion.forward(forwardDataset(model, data), data.tensors[1]);
      loss.backward();
      await loss.item();
      optimizer.step();
    });
  await step();
  const before = await settledMemory();
  for (let i = 0; i < 3; i++) await step();
  assertEquals(memory(), before);
});

Deno.test("nn lists its ops in the registry", () => {
  const listed = new Set(ops().map((op) => op.name));
  const ours = [
    "squaredError",
    "absoluteError",
    "binaryCrossEntropy",
    "binaryCrossEntropyWithLogits",
    "huber",
  ];
  for (const name of [...ours, "smoothL1", "crossEntropyTerm", "crossEntropy", "dropout"]) {
    assert(listed.has(name), name);
  }
});
