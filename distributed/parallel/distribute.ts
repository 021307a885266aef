/** A model that all ranks train. */
import type { AnyModule } from "@tapegrad/nn";
import { DataParallel, type DistributeOptions } from "./data_parallel.ts";

/**
 * Has processes train a model together, as `torch.nn.parallel.DistributedDataParallel`: parameters and buffers become
 * those of rank 0, and after each `backward()` the gradients are the mean over ranks, so that each rank makes the same
 * step. With batches of one size on all ranks and losses that are means, that is the step of one process on all of
 * the batches together. `connect()` comes first; models whose parameters differ in names, order, shapes or dtypes are a
 * {@link DistributedError} on all ranks. Layers that draw by a key of their own, as dropout, get one for each rank.
 *
 * Gradients go in flat buckets, the last parameters first, of 1 MiB and then 25; sums are of the tensors' own dtype.
 * A parameter that has no gradient must have none on any rank. In a `compile`d step they are part of the program. On
 * webgpu they are on their way after backward: await {@link DataParallel.synchronize} before the step.
 *
 * @category Many processes
 * @example Alone, or under mpirun -n 4
 * ```ts ignore the environment is read, and examples have no permission
 * import { connect, distribute } from "@tapegrad/distributed";
 * import { Linear } from "@tapegrad/nn";
 * import { GD } from "@tapegrad/optim";
 * import { normal } from "@tapegrad/core";
 * import "@tapegrad/backends";
 *
 * const world = await connect(), model = new Linear(3, 1);
 * distribute(model);
 * const optimizer = new GD(model, { learningRate: 0.1 });
 * model.forward(normal([8, 3])).square().mean().backward();
 * optimizer.step(); // along the mean over 8 · world.size samples
 * world.log(await model.weight.array());
 * ```
 */
export function distribute(model: AnyModule, options: DistributeOptions = {}): DataParallel {
  return new DataParallel(model, options);
}
