/** Training on samples that are fetched. */
import { key, tensor } from "@tapegrad/core";
import { DataLoader, evaluate, fit, Linear, mseLoss } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import "@tapegrad/backends";
import { assert } from "@std/assert";

Deno.test("a model is trained on samples that are fetched ahead", async () => {
  const data = {
    length: 20,
    async get(i: number): Promise<{ x: Float32Array; y: Float32Array }> {
      if (i % 2 > 0) await new Promise((resolve) => setTimeout(resolve));
      return { x: Float32Array.of(i / 20), y: Float32Array.of(i / 10) };
    },
  };
  const pairs = (samples: Awaited<ReturnType<typeof data.get>>[]) => [
    tensor(samples.map(({ x }) => [...x])),
    tensor(samples.map(({ y }) => [...y])),
  ];
  const loader = new DataLoader(data, {
    batchSize: 4,
    shuffle: true,
    key: key(1),
    collate: pairs,
    prefetch: 2,
  });
  const model = new Linear(1, 1, { key: key(2) }), optimizer = new GD(model, { learningRate: 0.5 });
  await fit(model, loader, { loss: mseLoss, optimizer, epochs: 20, verbose: false });
  const { loss } = await evaluate(model, loader, { loss: mseLoss });
  assert(loss < 1e-3, `${loss}`);
});
