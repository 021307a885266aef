/**
 * Trains for some steps, from a checkpoint if there is one, and leaves another: `resume.ts FILE STEPS sharded|whole`.
 * With 0 steps it compares what it resumed from with training alone for as many.
 */
import { connect, distribute, loadCheckpoint, saveCheckpoint, shardedOptimizer } from "@tapegrad/distributed";
import { key, normal, setDefaultDtype, type Tensor } from "@tapegrad/core";
import { type AnyModule, Linear, type Module, mseLoss, Sequential, Tanh } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import "@tapegrad/backends";
import { apart, report } from "./report.ts";

setDefaultDtype("f64");
const world = await connect(), { rank, size } = world, BATCH = 12;
const [file, count, kind] = Deno.args;

function newModel(seed: number): Module {
  return new Sequential(
    new Linear(5, 7, { key: key(seed) }),
    new Tanh(),
    new Linear(7, 2, { key: key(seed + 1) }),
  );
}

function newAdam(of: AnyModule | readonly Tensor[]): Adam {
  return new Adam(of, { learningRate: 0.01, amsgrad: true });
}

function train(
  model: Module,
  steps: { zeroGrad(): void; step(): unknown },
  i: number,
  rows: readonly number[],
): void {
  const [x, y] = [normal([BATCH, 5], { key: key(100 + i) }), normal([BATCH, 2], { key: key(200 + i) })];
  const [from, to] = rows;
  steps.zeroGrad();
  mseLoss(model.forward(x.slice([from, to])), y.slice([from, to])).backward();
  steps.step();
}

const model = newModel(1 + 10 * rank), parallel = distribute(model);
const optimizer = kind === "sharded" ? shardedOptimizer(parallel, newAdam) : newAdam(model);
const resumed = await Deno.stat(file).then(() => true, () => false);
const { step: at = "0" } = resumed ? await loadCheckpoint(file, { model, optimizer }) : {};
const own = [rank * BATCH / size, (rank + 1) * BATCH / size], done = Number(at), end = done + Number(count);
for (let i = done; i < end; i++) train(model, optimizer, i, own);
await saveCheckpoint(file, { model, optimizer }, { step: String(end) });

const alone = newModel(1), steps = newAdam(alone);
for (let i = 0; i < end; i++) train(alone, steps, i, [0, BATCH]);
const state = optimizer.stateDict().state[0];
report(world, { resumed, end, apart: apart(model, alone), remembers: Object.keys(state).sort() });
