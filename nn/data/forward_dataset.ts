/** A whole data set through a model. */
import { checkFunction, checkOptions, concat, described, type Tensor } from "@tapegrad/core";
import type { Module } from "../module.ts";
import { DataLoader } from "./loader.ts";
import { TensorDataset } from "./tensor_dataset.ts";

/**
 * What a model makes of the inputs of a data set, which are its first tensor: `[length, …]`, recorded
 * on the tape as any other call. With `batchSize` it is computed in batches, which holds less memory
 * at a time where no gradients are recorded.
 *
 * @category Data
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { forwardDataset, Linear, MSELoss, TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new Linear(2, 1), data = new TensorDataset(zeros([4, 2]), zeros([4, 1]));
 * const prediction = forwardDataset(model, data);
 * const loss = new MSELoss().forward(prediction, data.tensors[1]);
 * assertEquals([prediction.shape, loss.shape], [[4, 1], []]);
 * ```
 */
export function forwardDataset(
  model: Module,
  dataset: TensorDataset,
  options: { readonly batchSize?: number } = {},
): Tensor {
  checkFunction("pass a dataset forward through a model whose forward is", model?.forward);
  if (!(dataset instanceof TensorDataset)) {
    throw new TypeError(`Cannot pass forward ${described(dataset)}: make a TensorDataset of tensors first`);
  }
  checkOptions("pass a dataset forward", options, { batchSize: 1 });
  const { batchSize = dataset.length } = options;
  if (batchSize >= dataset.length) return model.forward(dataset.tensors[0]);
  const loader = new DataLoader(dataset, { batchSize });
  return concat([...loader].map(([x]) => model.forward(x)));
}
