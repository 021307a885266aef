/** Two ranks on WebGPU, whose gradients go by way of the host, against one process: how far they are apart in f32. */
import { allReduce, checkInSync, connect, distribute, DistributedError } from "@tapegrad/distributed";
import { key, normal, read, type Tensor, useBackend } from "@tapegrad/core";
import { Linear, type Module, mseLoss, Sequential, Tanh } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import "@tapegrad/backends";
import { report } from "./report.ts";

await useBackend("webgpu");
const world = await connect(), { rank, size } = world, BATCH = 8;

function model(seed: number): Module {
  return new Sequential(
    new Linear(4, 8, { key: key(seed) }),
    new Tanh(),
    new Linear(8, 1, { key: key(seed + 1) }),
  );
}

const sgd = (of: Module) => new SGD(of, { learningRate: 0.1, momentum: 0.9 });
const alone = model(1), together = model(1 + 10 * rank), parallel = distribute(together);
await parallel.ready;
const [one, other] = [sgd(alone), sgd(together)];
for (let i = 0; i < 4; i++) {
  const [x, y] = [normal([BATCH, 4], { key: key(50 + i) }), normal([BATCH, 1], { key: key(60 + i) })];
  const own = (t: Tensor) => t.slice([rank * BATCH / size, (rank + 1) * BATCH / size]);
  one.zeroGrad();
  mseLoss(alone.forward(x), y).backward();
  one.step();
  other.zeroGrad();
  mseLoss(together.forward(own(x)), own(y)).backward();
  await parallel.synchronize();
  other.step();
}
await checkInSync(together);
const own = await read(alone.parameters()), theirs = await read(together.parameters());
const apart = Math.max(
  ...own.flatMap((values, i) => Array.from(values, (v, k) => Math.abs(v - theirs[i][k]))),
);
const errorOf = (fn: () => unknown): string => {
  try {
    fn();
    return "none";
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
};
const direct = errorOf(() => allReduce(normal([3])));
other.zeroGrad();
const loss = () => together.forward(normal([2, 4])).sum();
loss().backward();
const unawaited = errorOf(() => loss().backward());
await parallel.synchronize();
report(world, { apart, direct, unawaited, isOurs: unawaited.startsWith(DistributedError.name) });
