/**
 * A training that is meant to be killed and to go on: `killed.ts FOLDER RESULT [whole]`. It says a line for each batch,
 * and at the end writes all it came to; `whole` keeps no checkpoints.
 */
import "@tapegrad/backends";
import { key, manualSeed, normal, tensor, useBackend } from "@tapegrad/core";
import {
  BatchNorm1d,
  type Callback,
  DataLoader,
  Dropout,
  EarlyStopping,
  fit,
  Linear,
  MeanAbsoluteError,
  mseLoss,
  Sequential,
  Tanh,
  TensorDataset,
  toSafetensors,
} from "@tapegrad/nn";
import { Adam, GD, ReduceLROnPlateau, StepLR } from "@tapegrad/optim";

const [folder, result, whole] = Deno.args;
await useBackend();
manualSeed(11);

function data(count: number, seed: number): TensorDataset {
  const x = normal([count, 3], { key: key(seed) });
  return new TensorDataset(x, x.square().sum(1, { keepDims: true }));
}

const model = new Sequential(
  new Linear(3, 16),
  new BatchNorm1d(16),
  new Tanh(),
  new Dropout(0.2),
  new Linear(16, 8),
  new Dropout(0.1, { key: key(4) }),
  new Linear(8, 1),
);
const isOdd = folder.includes("odd");
const optimizer = isOdd
  ? new GD(model, { learningRate: 0.02, momentum: 0.9, nesterov: true })
  : new Adam(model, { learningRate: 0.01 });
const schedule = isOdd
  ? new ReduceLROnPlateau(optimizer, { patience: 1 })
  : new StepLR(optimizer, { stepSize: 7 });
const say: Callback = {
  onBatchEnd: async ({ epoch, batch }) => {
    console.log(`batch ${epoch}.${batch}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  },
};
const history = await fit(model, new DataLoader(data(50, 1), { batchSize: 4, shuffle: true }), {
  loss: mseLoss,
  optimizer,
  schedule,
  scheduleEvery: isOdd ? "epoch" : "step",
  validation: new DataLoader(data(20, 2), { batchSize: 8, shuffle: true }),
  metrics: { error: new MeanAbsoluteError() },
  callbacks: [new EarlyStopping({ patience: 2, monitor: "error", mode: "min" }), say],
  clip: { norm: 1 },
  accumulate: 2,
  epochs: 5,
  verbose: false,
  ...!whole && {
    checkpoint: { path: `${folder}/run.safetensors`, every: { batches: 3 }, keep: isOdd ? 2 : 1 },
    resume: true,
  },
});
const epochs = history.epochs.map(({ seconds: _, ...rest }) => rest);
const state = { ...model.stateDict(), draws: normal([3]), end: tensor(history.epochs.length) };
await Deno.writeFile(result, await toSafetensors(state, { metadata: { history: JSON.stringify(epochs) } }));
