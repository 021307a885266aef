/** Trains for many steps, and compares ranks as it goes: `soak.ts STEPS`. */
import { checkInSync, connect, distribute, DistributedSampler } from "@tapegrad/distributed";
import { key, memory, normal, scope } from "@tapegrad/core";
import { DataLoader, Linear, mseLoss, Sequential, Tanh, TensorDataset } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import "@tapegrad/backends";
import { report, worst } from "./report.ts";

const world = await connect(), steps = Number(Deno.args[0]);
const x = normal([512, 8], { key: key(1) }), y = x.sum(1, { keepDims: true }).tanh();
const data = new TensorDataset(x, y);
const loader = new DataLoader(data, { batchSize: 16, sampler: new DistributedSampler(data), key: key(3) });
const model = new Sequential(new Linear(8, 16), new Tanh(), new Linear(16, 1));
distribute(model);
const optimizer = new Adam(model, { learningRate: 0.01 });
let done = 0, loss = NaN, early = 0;
const start = performance.now();
while (done < steps) {
  for (const [xs, ys] of loader) {
    if (done === steps) break;
    scope(() => {
      optimizer.zeroGrad();
      const mean = mseLoss(model.forward(xs), ys);
      mean.backward();
      optimizer.step();
      if (done % 100 === 99 || done === steps - 1) loss = worst(mean.to("f64"));
    });
    for (const part of [xs, ys]) part.dispose();
    done++;
    if (done % 200 === 0) await checkInSync(model);
    if (done === Math.floor(steps / 2)) early = memory().buffers;
  }
}
await checkInSync(model);
const grown = memory().buffers - early, seconds = (performance.now() - start) / 1000;
report(world, { done, loss, grown, seconds, traffic: world.traffic });
