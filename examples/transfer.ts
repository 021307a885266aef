/** Weights of PyTorch's, trained on the digits from 0 to 4, learn those from 5 to 9 of 40 images; run it with `-R`. */
import { ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import {
  Accuracy,
  Adam,
  Conv2d,
  crossEntropy,
  DataLoader,
  evaluate,
  fit,
  Flatten,
  fromIdx,
  key,
  Linear,
  load,
  manualSeed,
  MaxPool2d,
  randomSplit,
  ReLU,
  Sequential,
  TensorDataset,
} from "@tapegrad/tapegrad";

manualSeed(1);

/** The network of `data/make_data.py`, layer by layer. */
const build = () =>
  new Sequential(
    new Conv2d(1, 16, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(16, 32, 3, { padding: 1 }),
    new ReLU(),
    new Flatten(),
    new Linear(512, 5),
  );

const place = (name: string) => new URL(`data/${name}`, import.meta.url);
const read = async (name: string) => await fromIdx(await readFile(place(name)));
const images = (await read("digits-images.gz")).to("f32").div(16).unsqueeze(1);
const labels = (await read("digits-labels.gz")).to("i32");

/** The digits from `first` to the fourth behind it. */
async function digits(first: number): Promise<TensorDataset> {
  const all = await labels.array() as number[];
  const index = all.flatMap((label, i) => label >= first && label < first + 5 ? [i] : []);
  return new TensorDataset(images, labels.sub(first)).subset(index);
}

async function share(model: Sequential, data: TensorDataset): Promise<number> {
  const loader = new DataLoader(data, { batchSize: 50 });
  return (await evaluate(model, loader, { metrics: { accuracy: new Accuracy() } })).metrics.accuracy;
}

const weights = await load(place("digits.pt"));
const pretrained = build();
pretrained.loadStateDict(weights);
const known = await share(pretrained, await digits(0));
console.log(`As PyTorch saved it, it reads ${(100 * known).toFixed(1)} % of the digits from 0 to 4`);
ok(known > 0.9);

const others = await digits(5),
  [few, test] = randomSplit(others, [40, others.length - 40], { key: key(3) });

/** How well a network reads the test's digits after some epochs on the few. */
async function taught(model: Sequential): Promise<number> {
  await fit(model, new DataLoader(few, { batchSize: 5, shuffle: true, key: key(4) }), {
    loss: crossEntropy,
    optimizer: new Adam(model, { learningRate: 0.003 }),
    epochs: 4,
    verbose: false,
  });
  return await share(model, test);
}

const tuned = build(), fresh = build();
const { "6.weight": _, "6.bias": __, ...features } = weights; // the last layer begins anew
tuned.loadStateDict(features, { strict: false });
const [withThem, without] = [await taught(tuned), await taught(fresh)];
console.log(
  `Taught the others: ${(100 * withThem).toFixed(1)} %, without its weights ${(100 * without).toFixed(1)} %`,
);
ok(withThem > 0.85 && withThem > without + 0.15);
