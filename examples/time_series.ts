/** Forecasts a noisy series of two periods by a recurrent network, and beats what it was a period ago. */
import { ok } from "node:assert/strict";
import {
  AdamW,
  arange,
  clipGradNorm,
  compile,
  CosineAnnealingLR,
  DataLoader,
  GRU,
  key,
  Linear,
  manualSeed,
  Module,
  mseLoss,
  noGrad,
  normal,
  scope,
  type Tensor,
  TensorDataset,
} from "@tapegrad/tapegrad";

manualSeed(3);
const PERIOD = 24, WINDOW = 30, LENGTH = 800;

// A day, a week, and noise.
const hours = arange(LENGTH, { dtype: "f32" });
const wave = (period: number) => hours.mul(2 * Math.PI / period).sin();
const series = wave(PERIOD).add(wave(PERIOD * 7).mul(0.5)).add(normal([LENGTH], { key: key(5) }).mul(0.1));

// Each window of the past, and the value behind it; what comes last is for the test.
const windows = series.unfold(0, WINDOW + 1, 1);
const past = windows.slice(null, [0, WINDOW]).unsqueeze(2), next = windows.slice(null, [WINDOW, WINDOW + 1]);
const training = past.shape[0] - 200;
const data = new TensorDataset(past.slice([0, training]), next.slice([0, training]));
const [testPast, testNext] = [past.slice([training, null]), next.slice([training, null])];

/** What a GRU has remembered at the end, as one number. */
class Forecaster extends Module<readonly [past: Tensor], Tensor> {
  readonly gru = new GRU(1, 16, { batchFirst: true });
  readonly head = new Linear(16, 1);

  override forward(x: Tensor): Tensor {
    const [, h] = this.gru.forward(x);
    return this.head.forward(h.slice(0));
  }
}

const EPOCHS = 12;
const model = new Forecaster(), optimizer = new AdamW(model, { learningRate: 0.03 });
const loader = new DataLoader(data, { batchSize: 100, shuffle: true });
const schedule = new CosineAnnealingLR(optimizer, { tMax: EPOCHS });
const train = compile((x: Tensor, y: Tensor) => {
  optimizer.zeroGrad();
  mseLoss(model.forward(x), y).backward();
  clipGradNorm(model, 1);
  optimizer.step();
});
for (let epoch = 0; epoch < EPOCHS; epoch++) {
  for (const [x, y] of loader) scope(() => train(x, y));
  schedule.step(); // the rate is followed, as it is a cell
}

const error = await noGrad(() => mseLoss(model.forward(testPast), testNext)).sqrt().item();
const naive = await mseLoss(testPast.slice(null, WINDOW - PERIOD), testNext).sqrt().item();
console.log(`The forecast is off by ${error.toFixed(3)}, the value a day before by ${naive.toFixed(3)}`);
ok(error < 0.65 * naive);
ok(error < 0.16, "little more than the noise, which is 0.1");
