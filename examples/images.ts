/** A convolutional network reads handwritten digits, from files in MNIST's format; run it with `-R`. */
import { ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import {
  Accuracy,
  AdamW,
  Conv2d,
  crossEntropy,
  DataLoader,
  EarlyStopping,
  evaluate,
  fit,
  Flatten,
  fromIdx,
  key,
  Linear,
  manualSeed,
  MaxPool2d,
  ReLU,
  Sequential,
  stratifiedSplit,
  summary,
  TensorDataset,
} from "@tapegrad/tapegrad";

manualSeed(1);
const read = async (name: string) =>
  await fromIdx(await readFile(new URL(`data/${name}.gz`, import.meta.url)));
const images = (await read("digits-images")).to("f32").div(16).unsqueeze(1),
  labels = await read("digits-labels");

const all = new TensorDataset(images, labels.to("i32"));
const [training, held, test] = stratifiedSplit(all, [0.6, 0.2, 0.2], { key: key(2) });
const batches = new DataLoader(training, { batchSize: 32, shuffle: true });

const model = new Sequential(
  new Conv2d(1, 8, 3, { padding: 1 }),
  new ReLU(),
  new MaxPool2d(2),
  new Conv2d(8, 16, 3, { padding: 1 }),
  new ReLU(),
  new Flatten(),
  new Linear(256, 10),
);
console.log(`It has ${summary(model, [1, 1, 8, 8]).parameters} parameters`);

const history = await fit(model, batches, {
  loss: crossEntropy,
  optimizer: new AdamW(model, { learningRate: 0.01 }),
  epochs: 12,
  validation: new DataLoader(held, { batchSize: 180 }),
  metrics: { accuracy: new Accuracy() },
  callbacks: [new EarlyStopping({ patience: 3 })], // the weights of the best epoch stay
  verbose: false,
});
console.log(
  `Of held digits, epoch by epoch: ${
    history.values("validationAccuracy").map((share) => share.toFixed(2)).join(", ")
  }`,
);

const { metrics } = await evaluate(model, new DataLoader(test, { batchSize: 180 }), {
  metrics: { accuracy: new Accuracy() },
});
console.log(`Of the test's digits it reads ${(100 * metrics.accuracy).toFixed(1)} %`);
ok(metrics.accuracy > 0.93);
