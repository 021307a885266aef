/** Training in one call. */
import type { Tensor } from "@tapegrad/core";
import type { Module } from "../module.ts";
import type { Batches } from "./batches.ts";
import { Fitting } from "./fitting.ts";
import type { History } from "./history.ts";
import { type FitOptions, settled } from "./options.ts";

/**
 * Trains a model on the batches of a loader, epoch by epoch, and gives the history. Each batch is `[…inputs, target]`,
 * unless `unpack` says otherwise.
 *
 * The model is in training meanwhile, out of it for validation, and afterwards as it was; modules of it that are not
 * in training when it begins stay so. What a batch makes is freed after it. Losses are means weighted by batch size.
 * A loss that is NaN or infinite is a {@link LossError}. An aborted `signal` ends it after the step under way, without
 * an error: the history of the whole epochs is given, and `history.stopped` says why and where it ended.
 *
 * @category Training
 * @example
 * ```ts
 * import { arange, key } from "@tapegrad/core";
 * import { DataLoader, fit, Linear, mseLoss, TensorDataset } from "@tapegrad/nn";
 * import { Adam } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals, assertLess } from "@std/assert";
 *
 * const x = arange(32).reshape([32, 1]).div(32);
 * const loader = new DataLoader(new TensorDataset(x, x.mul(3)), { batchSize: 8, shuffle: true, key: key(1) });
 * const model = new Linear(1, 1, { key: key(2) }), optimizer = new Adam(model, { learningRate: 0.1 });
 * const history = await fit(model, loader, { loss: mseLoss, optimizer, epochs: 20, verbose: false });
 * assertEquals(history.epochs.length, 20);
 * assertLess(history.values("loss").at(-1)!, 0.1 * history.values("loss")[0]);
 * ```
 */
export async function fit<B = readonly Tensor[], Output = Tensor, Target = Tensor>(
  model: Module<readonly never[], Output>,
  loader: Batches<B>,
  options: FitOptions<B, Output, Target>,
): Promise<History> {
  return await new Fitting(model, loader, settled(model, loader, options)).run();
}
