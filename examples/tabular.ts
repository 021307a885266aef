/** From a CSV file to a classifier: Fisher's irises, standardised by what is trained on alone; run it with `-R`. */
import { ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import {
  Accuracy,
  Adam,
  type Categories,
  crossEntropy,
  DataLoader,
  evaluate,
  F1,
  fit,
  key,
  Linear,
  manualSeed,
  readCsv,
  ReLU,
  Sequential,
  StandardScaler,
  stratifiedSplit,
  tensor,
} from "@tapegrad/tapegrad";

manualSeed(1);
const table = await readCsv(await readFile(new URL("data/iris.csv", import.meta.url)));
const inputs = table.names.filter((name) => name !== "species"),
  { categories } = table.column("species") as Categories;
console.log(`${table.length} rows of ${inputs.join(", ")}, of ${categories.join(", ")}`);

const [training, test] = stratifiedSplit(table.toDataset(inputs, "species"), [0.7, 0.3], { key: key(1) });
const scaler = await new StandardScaler(4, { names: inputs }).fit(training.tensors[0]);
const model = new Sequential(scaler, new Linear(4, 16), new ReLU(), new Linear(16, 3));
await fit(model, new DataLoader(training, { batchSize: 16, shuffle: true }), {
  loss: crossEntropy,
  optimizer: new Adam(model, { learningRate: 0.02 }),
  epochs: 40,
  verbose: false,
});

const metrics = { accuracy: new Accuracy(), f1: new F1(categories.length, { average: "macro" }) };
const found = await evaluate(model, new DataLoader(test, { batchSize: 45 }), { metrics });
console.log(`accuracy ${found.metrics.accuracy.toFixed(3)}, F1 ${found.metrics.f1.toFixed(3)}`);
ok(found.metrics.accuracy > 0.9 && found.metrics.f1 > 0.9);

const flower = tensor([[5.0, 3.4, 1.5, 0.2]]);
const species = categories[await model.forward(flower).argmax().item() as number];
console.log(`A flower with short petals is ${species}`);
ok(species === "setosa");
