/** What a trained model is worth, and what it says. */
import { checkOptions, concat, described, keep, noGrad, scope, Tensor } from "@tapegrad/core";
import type { Metric } from "../metrics/metric.ts";
import { type AnyModule, keepModes, type Module } from "../module.ts";
import {
  type Batches,
  checkBatches,
  inputsOf,
  type LossFunction,
  lossFunction,
  type Unpack,
  unpacked,
} from "./batches.ts";
import { LossMeter } from "./loss_meter.ts";
import { checkMetrics, checkModel, forwardOf } from "./checks.ts";
import type { Together } from "./ranks.ts";
import { walkBatches } from "./walk_batches.ts";

/**
 * What {@link evaluate} may be told: a loss, metrics or both.
 *
 * @category Training
 */
export interface EvaluateOptions<B, Output = Tensor, Target = Tensor> {
  /** The loss, a function of output and target or a module as {@link MSELoss}. */
  readonly loss?: LossFunction<Output, Target>;
  /** Metrics by name, which begin anew and hold the samples afterwards. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  /** Takes a batch apart; the last tensor in it is its target unless said. */
  readonly unpack?: Unpack<B, Target>;
}

/**
 * What {@link evaluate} gives.
 *
 * @category Training
 */
export interface Evaluation {
  /** The mean loss over all samples; NaN where there is no loss. */
  readonly loss: number;
  /** The metrics by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A way through batches that may be left early. */
export interface Measuring<B, Output, Target> extends EvaluateOptions<B, Output, Target> {
  /** Whether to go on. */
  readonly goesOn?: () => boolean;
  /** What comes of it where others found something too. */
  readonly together?: Together;
}

/**
 * The mean loss and metrics of a model over all samples of a loader, out of training and without recording. Modules
 * are in training again afterwards if they were.
 *
 * @category Training
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { DataLoader, evaluate, Identity, MeanAbsoluteError, mseLoss, TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new TensorDataset(tensor([[1], [2], [3]]), tensor([[1], [2], [6]]));
 * const loader = new DataLoader(data, { batchSize: 2 }); // of which the last batch has one sample
 * const metrics = { error: new MeanAbsoluteError() };
 * const found = await evaluate(new Identity(), loader, { loss: mseLoss, metrics });
 * assertEquals(found, { loss: 3, metrics: { error: 1 } });
 * ```
 */
export async function evaluate<B = readonly Tensor[], Output = Tensor, Target = Tensor>(
  model: Module<readonly never[], Output>,
  loader: Batches<B>,
  options: EvaluateOptions<B, Output, Target>,
): Promise<Evaluation> {
  checkOptions("evaluate", options, { loss: null, metrics: {}, unpack: () => {} });
  const { loss, metrics } = options ?? {};
  if (loss === undefined && metrics === undefined) {
    throw new TypeError("Cannot evaluate without a loss and metrics: pass { loss }, { metrics } or both");
  }
  checkModel("evaluate", model);
  checkBatches("evaluate on", loader);
  checkMetrics("evaluate", metrics);
  return (await measure(model, loader, options))!;
}

/** What {@link evaluate} gives, `null` where it was left early. */
export async function measure<B, Output, Target>(
  model: Module<readonly never[], Output>,
  loader: Batches<B>,
  { loss, metrics = {}, unpack, goesOn = () => true, together }: Measuring<B, Output, Target>,
): Promise<Evaluation | null> {
  const meter = new LossMeter(() => {}), compute = loss && lossFunction("evaluate", loss);
  const all = Object.values(metrics), forward = forwardOf<Output>(model);
  all.forEach((metric) => metric.reset());
  let samples = 0;
  const step = (batch: B) => {
    const { inputs, target, size } = unpacked("evaluate on", batch, unpack);
    const output = forward(inputs);
    if (compute) meter.add(compute(output, target), size, 0);
    all.forEach((metric) => metric.update(output as Tensor, target as Tensor));
    samples += size;
  };
  const after = async () => {
    if (meter.isDue) await meter.settle();
    return goesOn();
  };
  if (!await inEvaluation(model, loader, step, after)) return null;
  if (samples === 0) throw new RangeError("Cannot evaluate on a loader that gives no samples: fill it");
  await meter.settle();
  const found = { loss: meter.mean, metrics: await computed(metrics) };
  return together?.mean(found, samples) ?? found;
}

/** The values of metrics, by name. */
export async function computed(metrics: Readonly<Record<string, Metric>>): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [name, metric] of Object.entries(metrics)) values[name] = await metric.compute();
  return values;
}

async function inEvaluation<B>(
  model: AnyModule,
  loader: Batches<B>,
  step: (batch: B) => void,
  after?: () => Promise<boolean>,
): Promise<boolean> {
  const back = keepModes(model);
  model.eval();
  try {
    return await walkBatches(loader, { step: (batch: B) => noGrad(() => step(batch)), after });
  } finally {
    back();
  }
}

/**
 * What {@link predict} may be told.
 *
 * @category Training
 */
export interface PredictOptions<B> {
  /** Takes a batch apart; of several tensors the last is a target, and left out, unless said. */
  readonly unpack?: Unpack<B, unknown>;
}

/**
 * What a model makes of all samples of a loader, `[samples, …]`, out of training and without recording. A batch is a
 * tensor, or a list of inputs with a target behind them that is left out where there are several.
 *
 * @category Training
 * @example
 * ```ts
 * import { arange } from "@tapegrad/core";
 * import { DataLoader, Identity, predict, TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loader = new DataLoader(new TensorDataset(arange(5)), { batchSize: 2 });
 * assertEquals(await (await predict(new Identity(), loader)).array(), [0, 1, 2, 3, 4]);
 * ```
 */
export async function predict<B = Tensor | readonly Tensor[]>(
  model: Module<readonly never[], Tensor>,
  loader: Batches<B>,
  options: PredictOptions<B> = {},
): Promise<Tensor> {
  checkOptions("predict", options, { unpack: () => {} });
  checkModel("predict by", model);
  checkBatches("predict from", loader);
  const outputs: Tensor[] = [], forward = forwardOf<Tensor>(model);
  try {
    await inEvaluation(model, loader, (batch: B) => {
      outputs.push(owned(forward(inputsOf("predict from", batch, options.unpack))));
    });
    if (outputs.length === 1) return outputs.pop()!;
    if (outputs.length > 1) return concat(outputs);
    throw new RangeError("Cannot predict from a loader that gives no batch: fill it");
  } finally {
    outputs.forEach((output) => output.dispose());
  }
}

// A copy, since it may be a view of what others hold.
function owned(output: unknown): Tensor {
  if (!(output instanceof Tensor) || output.rank === 0) {
    const found = output instanceof Tensor ? "a scalar" : described(output);
    throw new TypeError(
      `Cannot predict by a model whose output is ${found}: a tensor with samples along its first axis is needed`,
    );
  }
  return keep(scope(() => output.zerosLike().assign(output)));
}
