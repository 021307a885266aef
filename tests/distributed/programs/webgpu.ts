/** Two ranks on WebGPU, whose sums go by way of the host, against one process: how far they are apart in f32. */
import {
  checkInSync,
  connect,
  distribute,
  loadCheckpoint,
  saveCheckpoint,
  shardedOptimizer,
  synchronizeBatchNorm,
} from "@tapegrad/distributed";
import { key, normal, read, ready, type Tensor, useBackend } from "@tapegrad/core";
import { type AnyModule, BatchNorm1d, Linear, type Module, mseLoss, Sequential, Tanh } from "@tapegrad/nn";
import { Adam, clipGradNorm } from "@tapegrad/optim";
import "@tapegrad/backends";
import { report } from "./report.ts";

await useBackend("webgpu");
const world = await connect(), { rank, size } = world, BATCH = 8, STEPS = 4;

function model(seed: number, hasNorm: boolean): Module {
  return new Sequential(
    // A bias before the norm has no gradient but rounding, which Adam makes a step of.
    new Linear(4, 8, { key: key(seed), bias: !hasNorm }),
    ...(hasNorm ? [new BatchNorm1d(8)] : []),
    new Tanh(),
    new Linear(8, 1, { key: key(seed + 1) }),
  );
}

const adam = (of: AnyModule | readonly Tensor[]) => new Adam(of, { learningRate: 0.01 });

function batch(i: number): readonly [Tensor, Tensor] {
  return [normal([BATCH, 4], { key: key(50 + i) }), normal([BATCH, 1], { key: key(60 + i) })];
}

function own(t: Tensor): Tensor {
  return t.slice([rank * BATCH / size, (rank + 1) * BATCH / size]);
}

async function apart(a: AnyModule, b: AnyModule): Promise<number> {
  const [one, other] = await Promise.all([a, b].map((each) => read(Object.values(each.stateDict()))));
  const distances = one.flatMap((values, i) =>
    Array.from(values, (value, k) => Math.abs(Number(value) - Number(other[i][k])))
  );
  return Math.max(...distances);
}

interface Trial {
  readonly clip?: number;
  readonly hasNorm?: boolean;
  readonly sharded?: boolean;
  readonly file?: string;
}

function trainedAlone({ clip, hasNorm = false }: Trial): Module {
  const alone = model(1, hasNorm), optimizer = adam(alone);
  for (let i = 0; i < STEPS; i++) {
    const [x, y] = batch(i);
    optimizer.zeroGrad();
    mseLoss(alone.forward(x), y).backward();
    if (clip !== undefined) clipGradNorm(alone, clip);
    optimizer.step();
  }
  return alone;
}

async function distance(trial: Trial): Promise<number> {
  const { clip, hasNorm = false, sharded, file } = trial, together = model(1 + 10 * rank, hasNorm);
  if (hasNorm) synchronizeBatchNorm(together);
  const parallel = distribute(together);
  const slices = sharded ? shardedOptimizer(parallel, adam, { maxNorm: clip }) : null;
  const optimizer = slices ?? adam(together);
  await parallel.ready;
  for (let i = 0; i < STEPS; i++) {
    const [x, y] = batch(i).map(own);
    slices ? slices.zeroGrad() : (optimizer as Adam).zeroGrad();
    mseLoss(together.forward(x), y).backward();
    if (slices) await slices.stepLater();
    else {
      await parallel.synchronize();
      if (clip !== undefined) clipGradNorm(together, clip);
      optimizer.step();
    }
    if (file && i === 1) {
      await saveCheckpoint(file, { model: together, optimizer });
      await loadCheckpoint(file, { model: together, optimizer });
    }
  }
  await ready(together);
  await checkInSync(together);
  return await apart(trainedAlone(trial), together);
}

function errorOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "none";
}

const distances = {
  plain: await distance({}),
  clipped: await distance({ clip: 0.05 }),
  sharded: await distance({ sharded: true }),
  "sharded and clipped": await distance({ sharded: true, clip: 0.05, file: Deno.args[0] }),
  "by batch norm": await distance({ hasNorm: true }),
};
const last = model(1, false), parallel = distribute(last), plain = adam(last);
await parallel.ready;
last.forward(own(batch(0)[0])).sum().backward();
const unawaited = errorOf(() => plain.step());
await parallel.synchronize();
const sharded = shardedOptimizer(parallel, adam), atOnce = errorOf(() => sharded.step());
report(world, { distances, unawaited, atOnce });
