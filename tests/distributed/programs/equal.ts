/** N ranks on B/N samples each against one process on all B: how far their parameters are apart in f64. */
import {
  connect,
  type DataParallel,
  distribute,
  type DistributeOptions,
  shardedOptimizer,
  synchronizeBatchNorm,
} from "@tapegrad/distributed";
import { compile, key, normal, setDefaultDtype, type Tensor } from "@tapegrad/core";
import { type AnyModule, BatchNorm1d, Linear, type Module, mseLoss, Sequential, Tanh } from "@tapegrad/nn";
import { Adam, clipGradNorm, SGD } from "@tapegrad/optim";
import "@tapegrad/backends";
import { apart, report } from "./report.ts";

setDefaultDtype("f64");
const world = await connect(), { rank, size } = world, BATCH = 24, STEPS = 12;

interface Steps {
  zeroGrad(): void;
  step(): unknown;
}

/** How an optimizer is made, of whole parameters and of slices. */
interface Make {
  whole(model: AnyModule): Steps;
  sharded(parallel: DataParallel, maxNorm?: number): Steps;
}

type Parameters = AnyModule | readonly Tensor[];

const newSgd = (of: Parameters) => new SGD(of, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 });
const newAdam = (of: Parameters) => new Adam(of, { learningRate: 0.01 });
const sgd: Make = {
  whole: newSgd,
  sharded: (parallel, maxNorm) => shardedOptimizer(parallel, newSgd, { maxNorm }),
};
const adam: Make = {
  whole: newAdam,
  sharded: (parallel, maxNorm) => shardedOptimizer(parallel, newAdam, { maxNorm }),
};

function model(seed: number, hasNorm: boolean): Module {
  const at = (i: number) => ({ key: key(seed + i) });
  const norm = hasNorm ? [new BatchNorm1d(8)] : [];
  return new Sequential(
    new Linear(6, 8, at(1)),
    ...norm,
    new Tanh(),
    new Linear(8, 3, at(2)),
    new Linear(3, 3, at(3)),
  );
}

function batch(i: number): Tensor[] {
  return [normal([BATCH, 6], { key: key(1000 + i) }), normal([BATCH, 3], { key: key(2000 + i) })];
}

// The rows of a rank, of which `part` is a half.
function own(x: Tensor, part = 0, parts = 1): Tensor {
  const rows = BATCH / size / parts, from = rank * BATCH / size + part * rows;
  return x.slice([from, from + rows]).contiguous();
}

interface Trial {
  readonly make: Make;
  readonly options?: DistributeOptions;
  readonly hasNorm?: boolean;
  readonly clip?: number;
  readonly sharded?: boolean;
  readonly accumulates?: boolean;
  readonly compiled?: boolean;
}

function trained(alone: Module, steps: Steps, clip: number | undefined): void {
  for (let i = 0; i < STEPS; i++) {
    const [x, y] = batch(i);
    steps.zeroGrad();
    mseLoss(alone.forward(x), y).backward();
    if (clip !== undefined) clipGradNorm(alone, clip);
    steps.step();
  }
}

function trainTogether(together: Module, parallel: DataParallel, steps: Steps, trial: Trial): void {
  const { clip, sharded, accumulates, compiled } = trial;
  const backward = (x: Tensor, y: Tensor) =>
    mseLoss(together.forward(x), y).div(accumulates ? 2 : 1).backward();
  const plain = (x: Tensor, y: Tensor) => {
    steps.zeroGrad();
    if (accumulates) parallel.noSync(() => backward(x, y));
    else backward(x, y);
  };
  const end = () => {
    if (clip !== undefined && !sharded) clipGradNorm(together, clip);
    steps.step();
  };
  const whole = (x: Tensor, y: Tensor) => {
    plain(x, y);
    end();
  };
  const run = compiled ? compile(whole) : whole;
  for (let i = 0; i < STEPS; i++) {
    const [x, y] = batch(i);
    if (!accumulates) run(own(x), own(y));
    else {
      plain(own(x, 0, 2), own(y, 0, 2));
      backward(own(x, 1, 2), own(y, 1, 2));
      end();
    }
  }
}

function distance(trial: Trial): number {
  const { make, hasNorm = false, clip, sharded = false } = trial;
  const alone = model(1, hasNorm), together = model(1 + 10 * rank, hasNorm);
  trained(alone, make.whole(alone), clip);
  if (hasNorm) synchronizeBatchNorm(together);
  const parallel = distribute(together, trial.options);
  const steps = sharded ? make.sharded(parallel, clip) : make.whole(together);
  trainTogether(together, parallel, steps, trial);
  return apart(alone, together);
}

const clip = 0.05;
report(world, {
  "SGD with momentum": distance({ make: sgd }),
  Adam: distance({ make: adam }),
  "sharded SGD": distance({ make: sgd, sharded: true }),
  "sharded Adam": distance({ make: adam, sharded: true }),
  "Adam, overlapped": distance({ make: adam, options: { overlap: true } }),
  "Adam, accumulated": distance({ make: adam, accumulates: true }),
  "SGD, accumulated and overlapped": distance({ make: sgd, accumulates: true, options: { overlap: true } }),
  "sharded Adam, accumulated": distance({ make: adam, accumulates: true, sharded: true }),
  "SGD by batch norm": distance({ make: sgd, hasNorm: true }),
  "SGD within a norm": distance({ make: sgd, clip }),
  "sharded SGD within a norm": distance({ make: sgd, clip, sharded: true }),
  "SGD, compiled": distance({ make: sgd, compiled: true }),
  "sharded Adam, compiled": distance({ make: adam, compiled: true, sharded: true }),
  "SGD, compiled and overlapped": distance({ make: sgd, compiled: true, options: { overlap: true } }),
});
