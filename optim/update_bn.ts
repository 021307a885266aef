/** Statistics of batch normalisations for weights that no batch was seen with, as averages are. */
import { described, noGrad, scope, Tensor } from "@tapegrad/core";

/** A layer whose statistics can be taken anew, as batch normalisations of `@tapegrad/nn`. */
interface Accumulating {
  /** Starts anew, and takes the mean of what is to come until what it gives is called. */
  accumulate(): () => void;
}

/**
 * A model as {@link updateBn} needs it: a module.
 *
 * @category Training
 */
export interface HasModules {
  /** Whether it behaves as in training. */
  readonly training: boolean;
  /** The modules in it, by name. */
  namedModules(): ReadonlyMap<string, unknown>;
  /** Puts it into training, or out of it. */
  train(on: boolean): unknown;
  /** Calls it. */
  forward(x: Tensor): unknown;
}

/**
 * A batch: the input, or a list that begins with it.
 *
 * @category Training
 */
export type Batch = Tensor | readonly [Tensor, ...unknown[]] | readonly Tensor[];

function isAccumulating(module: unknown): module is Accumulating {
  return module instanceof Object && "num_batches_tracked" in module && "accumulate" in module;
}

function inputOf(batch: Batch): Tensor {
  const x = batch instanceof Tensor ? batch : batch?.[0];
  if (x instanceof Tensor) return x;
  throw new TypeError(
    `Cannot update statistics by ${described(batch)}: a tensor or a list with one first is needed`,
  );
}

/**
 * Makes the running statistics of batch normalisations in a model those of the batches of a loader, each counting alike,
 * as `torch.optim.swa_utils.update_bn`: in a pass in training, off the tape. Whether the model is in training stays.
 *
 * @category Training
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { BatchNorm1d } from "@tapegrad/nn";
 * import { AveragedModel, updateBn } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new BatchNorm1d(1).eval(), swa = new AveragedModel(model);
 * swa.use(() => updateBn([tensor([[1], [3]]), [tensor([[5], [9]]), "labels"]], model));
 * assertEquals(await model.running_mean!.array(), [4.5]);
 * assertEquals(await model.running_var!.array(), [5]);
 * ```
 */
export function updateBn(loader: Iterable<Batch>, model: HasModules): void {
  const layers = [...model.namedModules().values()].filter(isAccumulating), { training } = model;
  if (layers.length === 0) return;
  model.train(true);
  const ends = layers.map((layer) => layer.accumulate());
  try {
    for (const batch of loader) noGrad(() => scope(() => void model.forward(inputOf(batch))));
  } finally {
    for (const end of ends) end();
    model.train(training);
  }
}
