/** Batch normalisation by the batches of all ranks. */
import {
  add,
  checkTensor,
  concat,
  keep,
  noGrad,
  ready,
  reciprocal,
  scope,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { type AnyModule, BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormNd } from "@tapegrad/nn";
import { knownSum } from "../collectives/all_reduce.ts";
import { jobFor } from "../job.ts";
import { checkModel } from "./describe.ts";

const layers = [BatchNorm1d, BatchNorm2d, BatchNorm3d];

function isBatchNorm(module: AnyModule): module is BatchNormNd {
  return layers.some((layer) => module instanceof layer);
}

/**
 * Has the batch normalisations of a model take mean and variance of the batches of all ranks together, as
 * `torch.nn.SyncBatchNorm`, with gradients through both: then N ranks compute what one does with all of the batch. Out
 * of training they are as before. Gives how many there are. Batches may differ in size. On webgpu, whose sums go by way
 * of the host, what comes after is on its way too, and so are the running statistics until gradients were awaited.
 *
 * @category Many processes
 * @example Alone, or under mpirun -n 4
 * ```ts ignore the environment is read, and examples have no permission
 * import { connect, distribute, synchronizeBatchNorm } from "@tapegrad/distributed";
 * import { BatchNorm1d, Linear, Sequential } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 *
 * await connect();
 * const model = new Sequential(new Linear(3, 8), new BatchNorm1d(8), new Linear(8, 1));
 * synchronizeBatchNorm(model);
 * distribute(model);
 * ```
 */
export function synchronizeBatchNorm(model: AnyModule): number {
  const { size } = jobFor("synchronize batch normalisation");
  checkModel("synchronize a model", model);
  const found = model.modules().filter(isBatchNorm);
  if (size > 1) found.forEach(replaceForward);
  return found.length;
}

function replaceForward(layer: BatchNormNd): void {
  const forward = layer.forward;
  const value = (x: Tensor): Tensor => {
    const isOfBatch = layer.training || layer.running_mean === null;
    return isOfBatch ? normalised(layer, x) : forward.call(layer, x);
  };
  Object.defineProperty(layer, "forward", { value, configurable: true, writable: true });
}

// The mean first, and then squares of distances from it: the sum of squares less that of the mean would cancel.
function normalised(layer: BatchNormNd, x: Tensor): Tensor {
  checkTensor("normalise", x);
  const { weight, bias, eps } = layer, { shape: { length: rank, [1]: channels }, dtype, backend } = x;
  const axes = Array.from({ length: rank }, (_, i) => i), others = axes.filter((axis) => axis !== 1);
  const shape = axes.map((axis) => axis === 1 ? channels : 1);
  const own = tensor([x.size / channels], { dtype, backend });
  const totals = knownSum(concat([x.sum(others), own])), count = totals.slice(channels);
  const mean = totals.slice([0, channels]).div(count), apart = x.sub(mean.reshape(shape));
  const variance = knownSum(apart.square().sum(others)).div(count);
  if (layer.training) runAlong(layer, [mean, variance, count]);
  const unit = apart.mul(variance.add(eps).rsqrt().reshape(shape));
  const scaled = weight ? unit.mul(weight.reshape(shape)) : unit;
  return bias ? scaled.add(bias.reshape(shape)) : scaled;
}

// Where sums are on their way, once they are here.
function runAlong(layer: BatchNormNd, found: readonly Tensor[]): void {
  if (found[0].backend.synchronous) return follow(layer, found);
  const own = keep(found.map((x) => x.detach()));
  ready(own).then(() => scope(() => follow(layer, own))).finally(() => own.forEach((x) => x.dispose()));
}

function follow(layer: BatchNormNd, [mean, variance, count]: readonly Tensor[]): void {
  const { running_mean, running_var, num_batches_tracked: batches, momentum } = layer;
  if (!running_mean || !running_var) return;
  noGrad(() => {
    batches?.assign(add(batches, 1));
    const part = momentum ?? (batches ? reciprocal(batches.to(running_mean.dtype)) : 0);
    const unbiased = variance.mul(count.div(count.sub(1)));
    for (const [running, now] of [[running_mean, mean], [running_var, unbiased]]) {
      running.assign(running.add(now.sub(running).mul(part)));
    }
  });
}
