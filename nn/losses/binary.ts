/** The binary cross-entropy of probabilities and of logits, and of many labels at once. */
import {
  defineElementwise,
  defineScalar,
  e,
  type Expr,
  mean,
  type Tensor,
  type TensorLike,
} from "@tapegrad/core";
import { checkAlike, checkWeight, type LossOptions, misfit, reduced, reduceLoss } from "./options.ts";

// As in PyTorch, to the digit: at p = 0 and 1 the loss and its gradient stay finite.
const LOWEST_LOG = -100, LEAST_VARIANCE = Math.fround(1e-12);

function logs(p: Expr): [Expr, Expr] {
  return [e.maximum(e.log(p), LOWEST_LOG), e.maximum(e.log1p(e.neg(p)), LOWEST_LOG)];
}

function crossEntropyOfChance(p: Expr, t: Expr): Expr {
  const [ofOne, ofZero] = logs(p);
  return e.neg(e.add(e.mul(t, ofOne), e.mul(e.sub(1, t), ofZero)));
}

const chanceEntropy = /* @__PURE__ */ defineScalar({
  name: "binaryCrossEntropy",
  arity: 2,
  result: "float",
  evaluate: (p, t) => {
    const ofOne = Math.max(Math.log(p), LOWEST_LOG), ofZero = Math.max(Math.log1p(-p), LOWEST_LOG);
    return -(t * ofOne + (1 - t) * ofZero);
  },
  expand: crossEntropyOfChance,
  vjp: [
    (ct, _y, p, t) => e.mul(ct, e.div(e.sub(p, t), e.maximum(e.mul(p, e.sub(1, p)), LEAST_VARIANCE))),
    (ct, _y, p) => {
      const [ofOne, ofZero] = logs(p);
      return e.mul(ct, e.sub(ofZero, ofOne));
    },
  ],
});

const binaryCrossEntropy = /* @__PURE__ */ defineElementwise(
  "binaryCrossEntropy",
  (p, t) => chanceEntropy(p, t),
);

const weightedCrossEntropy = /* @__PURE__ */ defineElementwise(
  "weightedBinaryCrossEntropy",
  (p, t, weight) => e.mul(chanceEntropy(p, t), weight),
);

/**
 * What {@link bceLoss} may be told.
 *
 * @category Losses
 */
export interface BCEOptions extends LossOptions {
  /** What the loss of each element is multiplied by, broadcast to the target; the mean is of the products. */
  readonly weight?: TensorLike;
}

/**
 * The binary cross-entropy -(t·log p + (1 - t)·log(1 - p)) of probabilities p, from 0 to 1, and
 * targets t of the same shape: otherwise a {@link ShapeError}. Logarithms end at -100, as in PyTorch, where it
 * is `torch.nn.functional.binary_cross_entropy`; {@link binaryCrossEntropy} is another name of it.
 * A p that is no probability has the loss NaN, which {@link detectAnomaly} names: to look at each, as PyTorch does on the
 * cpu, would take up to twice as long as the loss. {@link bceWithLogitsLoss} takes what comes before the sigmoid and is more accurate.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { bceLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await bceLoss(tensor([0, 1]), tensor([1, 1]), { reduction: "none" }).array(), [100, 0]);
 * ```
 */
export function bceLoss(input: Tensor, target: Tensor, options: BCEOptions = {}): Tensor {
  checkAlike("bceLoss", [input, target], options);
  const { weight } = options;
  if (weight === undefined) return reduced(options, binaryCrossEntropy, input, target);
  checkWeight("bceLoss", weight, target);
  return reduced(options, weightedCrossEntropy, input, target, weight);
}

// Each term is exact for small and large x alike; the shorter max(x, 0) - x·t + … cancels at x = 100, t = 1.
function entropyOfLogit(x: Expr, t: Expr, posWeight: Expr): Expr {
  return e.add(e.mul(e.mul(posWeight, t), e.softplus(e.neg(x))), e.mul(e.sub(1, t), e.softplus(x)));
}

const logitEntropy = /* @__PURE__ */ defineElementwise("binaryCrossEntropyWithLogits", entropyOfLogit, {
  defaults: [1],
});

const weightedLogitEntropy = /* @__PURE__ */ defineElementwise(
  "weightedBinaryCrossEntropyWithLogits",
  (x, t, weight, posWeight) => e.mul(entropyOfLogit(x, t, posWeight), weight),
  { defaults: [1] },
);

/**
 * What {@link bceWithLogitsLoss} may be told.
 *
 * @category Losses
 */
export interface BCEWithLogitsOptions extends BCEOptions {
  /** Weight of the positive class, 1 unless said; one number, or one a class, broadcast to the target. */
  readonly posWeight?: TensorLike;
}

/**
 * The binary cross-entropy of logits x, the probability being sigmoid(x), and targets t of the same
 * shape: w·t·softplus(-x) + (1 - t)·softplus(x), finite for any finite x. Shapes that differ are a
 * {@link ShapeError}. PyTorch's `torch.nn.functional.binary_cross_entropy_with_logits`, and so has {@link
 * binaryCrossEntropyWithLogits} for another name.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { bceWithLogitsLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await bceWithLogitsLoss(tensor([-100, 1000]), tensor([1, 1])).item(), 50);
 * ```
 */
export function bceWithLogitsLoss(
  input: Tensor,
  target: Tensor,
  options: BCEWithLogitsOptions = {},
): Tensor {
  checkAlike("bceWithLogitsLoss", [input, target], options);
  const { weight, posWeight } = options;
  for (const given of [weight, posWeight]) checkWeight("bceWithLogitsLoss", given, target);
  if (weight === undefined) return reduced(options, logitEntropy, input, target, posWeight);
  return reduced(options, weightedLogitEntropy, input, target, weight, posWeight);
}

/**
 * What {@link multilabelSoftMarginLoss} may be told.
 *
 * @category Losses
 */
export interface MultilabelSoftMarginOptions extends LossOptions {
  /** What the loss of each class is multiplied by, broadcast to the target. */
  readonly weight?: TensorLike;
}

/**
 * {@link bceWithLogitsLoss} of each class, the last axis, averaged over the classes: one loss a sample, which are
 * then reduced. `torch.nn.functional.multilabel_soft_margin_loss`.
 *
 * @category Losses
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  options: MultilabelSoftMarginOptions = {},
): Tensor {
  checkAlike("multilabelSoftMarginLoss", [input, target], options);
  const { weight = 1 } = options;
  checkWeight("multilabelSoftMarginLoss", weight, target);
  if (input.rank === 0) {
    throw misfit("multilabelSoftMarginLoss", [input, target], "the classes need an axis, the last");
  }
  return reduceLoss(mean(weightedLogitEntropy(input, target, weight), -1), options);
}
