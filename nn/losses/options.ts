/** What every loss is told, what its tensors must be, and how the losses of elements become one. */
import {
  checkOptions,
  checkTensor,
  described,
  mean,
  meanOf,
  sameShape,
  ShapeError,
  showShape,
  sum,
  sumOf,
  Tensor,
  type TensorLike,
} from "@tapegrad/core";

/**
 * How the losses of all elements become one: their mean, their sum, or not at all.
 *
 * @category Losses
 */
export type Reduction = "mean" | "sum" | "none";

/**
 * What every loss may be told.
 *
 * @category Losses
 */
export interface LossOptions {
  /** The mean unless said. The mean of no elements is NaN, their sum 0. */
  readonly reduction?: Reduction;
}

/** What losses may be told, each by a value of its kind. */
const lossOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  bceLoss: { weight: null },
  bceWithLogitsLoss: { weight: null, posWeight: null },
  huberLoss: { delta: 1 },
  smoothL1Loss: { beta: 1 },
  crossEntropy: { weight: null, labelSmoothing: 0, ignoreIndex: 0 },
  nllLoss: { weight: null, ignoreIndex: 0 },
  klDiv: { logTarget: false },
  poissonNllLoss: { logInput: true, full: false, eps: 1 },
  gaussianNllLoss: { full: false, eps: 1 },
  hingeEmbeddingLoss: { margin: 1 },
  marginRankingLoss: { margin: 1 },
  cosineEmbeddingLoss: { margin: 1 },
  multiMarginLoss: { p: 1, margin: 1, weight: null },
  multilabelSoftMarginLoss: { weight: null },
  tripletMarginLoss: { margin: 1, p: 2, eps: 1, swap: false },
  tripletMarginWithDistanceLoss: { distanceFunction: null, margin: 1, swap: false },
  ctcLoss: { blank: 0, zeroInfinity: false },
};

/** The options of a loss; those that it does not have, and a reduction that is none, are refused. */
export function checkLossOptions<Options extends object>(loss: string, options: Options): Options {
  checkOptions(`take the ${loss}`, options, { reduction: null, ...lossOptions[loss] });
  const { reduction = "mean" } = options as { readonly reduction?: string };
  const reductions = ["mean", "sum", "none", ...loss === "klDiv" ? ["batchmean"] : []];
  if (reductions.includes(reduction)) return options;
  const choices = reductions.join(", ").replace(/, (\w+)$/, " or $1");
  throw new TypeError(`Cannot reduce a loss by ${described(reduction)}: choose ${choices}`);
}

/** The losses of elements reduced as the options say, which have been checked. */
export function reduceLoss(losses: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : mean(losses);
}

/** Halves as f32, in which sums of them are in range. */
export function widened(x: Tensor): Tensor {
  return x.dtype === "f16" ? x.to("f32") : x;
}

/** The same of an elementwise op, in one kernel where its results become one. */
export function reduced<A extends readonly unknown[]>(
  { reduction = "mean" }: LossOptions,
  op: (...operands: A) => Tensor,
  ...operands: A
): Tensor {
  if (reduction === "mean") return meanOf(op, ...operands);
  return reduction === "sum" ? sumOf(op, ...operands) : op(...operands);
}

/** Refuses what is no tensor, in the order of a loss's arguments. */
export function checkTensors(loss: string, tensors: readonly unknown[]): void {
  for (const x of tensors) checkTensor(`take the ${loss} of`, x);
}

/** Refuses options that a loss does not have, and an input and targets that are no tensors of one shape. */
export function checkAlike(loss: string, tensors: readonly Tensor[], options: LossOptions): void {
  checkTensors(loss, tensors);
  checkLossOptions(loss, options);
  for (const x of tensors) checkShapes(loss, tensors[0], x);
}

/** Refuses a target whose shape is not the input's. */
export function checkShapes(loss: string, input: Tensor, target: Tensor): void {
  if (sameShape(input.shape, target.shape)) return;
  const mend = input.size === target.size
    ? `they must be equal, not broadcast: reshape the target to ${showShape(input.shape)}`
    : "a target of the input's shape is needed";
  throw misfit(loss, [input, target], mend);
}

/** The error of shapes that do not fit a loss, with the mend. */
export function misfit(loss: string, [input, target]: readonly Tensor[], mend: string): ShapeError {
  const shapes = [input.shape, target.shape], [a, b] = shapes.map(showShape);
  return new ShapeError(`Cannot take the ${loss} of ${a} against ${b}: ${mend}`, { op: loss, shapes });
}

/** Refuses a weight that would not broadcast to the shape of what it weighs, but beyond. */
export function checkWeight(loss: string, weight: TensorLike | undefined, { shape }: Tensor): void {
  if (!(weight instanceof Tensor)) return;
  const over = shape.slice(shape.length - weight.rank);
  if (weight.rank <= shape.length && weight.shape.every((n, i) => n === 1 || n === over[i])) return;
  throw new ShapeError(
    `Cannot take the ${loss} of ${showShape(shape)} with a weight of ${
      showShape(weight.shape)
    }: it must broadcast to the target's shape`,
    { op: loss, shapes: [shape, weight.shape] },
  );
}
