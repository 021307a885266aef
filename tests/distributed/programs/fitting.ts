/** `fit()` of a distributed model, plain and sharded: rank 0 tells of it, and all are in sync afterwards. */
import {
  checkInSync,
  connect,
  distribute,
  DistributedSampler,
  shardedOptimizer,
} from "@tapegrad/distributed";
import { key, normal } from "@tapegrad/core";
import { DataLoader, Dropout, fit, Linear, mseLoss, Sequential, Tanh, TensorDataset } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import "@tapegrad/backends";
import { report } from "./report.ts";

const world = await connect();
const x = normal([96, 4], { key: key(1) }), data = new TensorDataset(x, x.sum(1, { keepDims: true }).tanh());
const losses: (number | boolean)[][] = [];
for (const isSharded of [false, true]) {
  const dropout = new Dropout(0.1, { key: key(9) });
  const model = new Sequential(
    new Linear(4, 16, { key: key(2) }),
    dropout,
    new Tanh(),
    new Linear(16, 1, { key: key(3) }),
  );
  const loader = new DataLoader(data, { batchSize: 8, sampler: new DistributedSampler(data) });
  const parallel = distribute(model, { checkEvery: 5 }), settings = { learningRate: 0.02 };
  const optimizer = isSharded
    ? shardedOptimizer(parallel, (of) => new Adam(of, settings))
    : new Adam(model, settings);
  const history = await fit(model, loader, {
    loss: mseLoss,
    optimizer,
    epochs: 12,
    verbose: world.isFirst,
    progress: "epochs",
  });
  await checkInSync(model);
  const values = history.values("loss");
  losses.push([values.length, values.at(-1)! < 0.3 * values[0]]);
}
report(world, losses);
