import "@tapegrad/backends";
import { memory, type Tensor, tensor, zeros } from "@tapegrad/core";
import {
  Accuracy,
  ConfusionMatrix,
  DataLoader,
  Dropout,
  evaluate,
  Identity,
  MeanSquaredError,
  mseLoss,
  predict,
  Sequential,
  TensorDataset,
} from "@tapegrad/nn";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { settledMemory } from "../../proof/memory/collect.ts";
import { network, samples } from "./problems.ts";

Deno.test("evaluation is out of training, over samples, and metrics hold them afterwards", async () => {
  const model = new Sequential(new Dropout(0.5), new Identity()), matrix = new ConfusionMatrix(2);
  const classes = tensor([0, 1, 1, 1, 0], { dtype: "i32" });
  const scores = tensor([[2, 1], [1, 2], [2, 1], [1, 2], [2, 1]]);
  const loader = new DataLoader(new TensorDataset(scores, classes), { batchSize: 2 });
  for (let again = 0; again < 2; again++) {
    const { metrics, loss } = await evaluate(model, loader, {
      metrics: { matrix, accuracy: new Accuracy() },
    });
    assertEquals(metrics, { matrix: 0.8, accuracy: 0.8 });
    assertEquals(loss, NaN);
  }
  assertEquals(await matrix.counts(), [[2, 0], [1, 2]]);
  assertEquals(model.training, true);
});

Deno.test("the mean loss is that of all samples at once", async () => {
  const model = network(1, 0.5).eval(), data = samples(13);
  const whole = await mseLoss(model.forward(data.tensors[0]), data.tensors[1]).item();
  const found = await evaluate(model, new DataLoader(data, { batchSize: 5 }), {
    loss: mseLoss,
    metrics: { squared: new MeanSquaredError() },
  });
  assertAlmostEquals(found.loss, whole, 1e-6 * whole);
  assertAlmostEquals(found.metrics.squared, whole, 1e-6 * whole);
  assertEquals(model.training, false);
});

Deno.test("predictions are all outputs, of batches with targets or without", async () => {
  const model = network(1, 0.5), data = samples(7), [x] = data.tensors;
  const wanted = await model.eval().forward(x).array();
  model.train();
  const before = memory().buffers;
  for (
    const loader of [
      new DataLoader(data, { batchSize: 3 }),
      new DataLoader(new TensorDataset(x), { batchSize: 3 }),
      [x],
    ]
  ) {
    const found: Tensor = await predict(model, loader as Iterable<Tensor[]>);
    assertEquals([found.shape, found.requiresGrad], [[7, 1], false]);
    const far = await found.sub(tensor(wanted)).abs().max().item();
    assertEquals(far < 1e-6, true);
    found.dispose();
  }
  await settledMemory();
  assertEquals(memory().buffers <= before + 4, true);
});

Deno.test("predictions leave the data, though the outputs are views of it", async () => {
  const x = zeros([4, 2]);
  const found = await predict(new Identity(), new DataLoader(new TensorDataset(x), { batchSize: 3 }));
  found.dispose();
  assertEquals(await x.sum().item(), 0);
});
