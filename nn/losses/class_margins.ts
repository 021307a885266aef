/** Losses of classes that come too near to the one, or the many, that are the target. */
import {
  checkSetting,
  cumsum,
  defineElementwise,
  e,
  equal,
  type Expr,
  gather,
  mean,
  mul,
  reshape,
  scatterAdd,
  sum,
  type Tensor,
  unsqueeze,
  where,
  zeros,
} from "@tapegrad/core";
import { hits, weightsOf } from "./class_losses.ts";
import { checkClassWeight, checkIndices } from "./class_targets.ts";
import {
  checkAlike,
  checkLossOptions,
  checkTensors,
  type LossOptions,
  misfit,
  reduceLoss,
} from "./options.ts";

/**
 * What {@link multiMarginLoss} may be told.
 *
 * @category Losses
 */
export interface MultiMarginOptions extends LossOptions {
  /** The power of what lies beyond the margin, 1 or 2; 1 unless said. */
  readonly p?: 1 | 2;
  /** The margin; 1 unless said. */
  readonly margin?: number;
  /** A weight for each class, `[classes]`, by which the losses of its samples are multiplied. */
  readonly weight?: Tensor;
}

// At 0 it has no slope, as in PyTorch's kernels.
function beyond(x: Expr): Expr {
  return e.select(e.le(x, 0), 0, x);
}

// How far the score of a class comes within a margin of that of the target, to the power of 1 or 2.
function defineExcess(name: string, power: (x: Expr) => Expr): (...operands: (Tensor | number)[]) => Tensor {
  const excess = (isTarget: Expr, own: Expr, x: Expr, margin: Expr) =>
    e.select(isTarget, 0, power(beyond(e.add(e.sub(margin, own), x))));
  return defineElementwise(name, excess, { conditions: [0] });
}

const powers = {
  1: /* @__PURE__ */ defineExcess("multiMargin", (x) => x),
  2: /* @__PURE__ */ defineExcess("squaredMultiMargin", (x) => e.square(x)),
};

/**
 * The mean over classes j of max(0, margin - x[t] + x[j])^p, without that of the target t itself, of scores
 * `[batch, classes]` or `[classes]` and class indices `[batch]` or one. Other shapes are a {@link ShapeError}, other
 * targets a {@link DtypeError}, an index that names no class is an {@link IndexError}.
 * `torch.nn.functional.multi_margin_loss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { multiMarginLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const target = tensor([0], { dtype: "i32" });
 * assertEquals(await multiMarginLoss(tensor([[3, 4, 2.5, 0]]), target).item(), (2 + 0.5) / 4);
 * ```
 */
export function multiMarginLoss(input: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor {
  checkTensors("multiMarginLoss", [input, target]);
  checkLossOptions("multiMarginLoss", options);
  checkIndices("multiMarginLoss", target);
  const { p = 1, margin = 1, weight } = options, rows = rowsOf("multiMarginLoss", input, target);
  if (p !== 1 && p !== 2) throw new RangeError(`Cannot take the multiMarginLoss with p ${p}: it is 1 or 2`);
  checkSetting("take the multiMarginLoss", "margin", margin);
  checkClassWeight("multiMarginLoss", weight, rows.shape[1]);
  if (target.size !== rows.shape[0] || target.rank > 1) {
    throw misfit("multiMarginLoss", [input, target], `class indices have the shape [${rows.shape[0]}]`);
  }
  const index = reshape(target, [-1]), own = gather(rows, 1, unsqueeze(index, 1));
  const losses = mean(powers[p](hits(rows, index, 1), own, rows, margin), 1);
  const weights = weight &&
    weightsOf(weight.to(input.dtype), index, { axis: 1, labelSmoothing: 0, ignoreIndex: null });
  return reduceLoss(reshape(weights ? mul(losses, weights) : losses, target.shape), options);
}

// A sample alone is a batch of one.
function rowsOf(loss: string, input: Tensor, target: Tensor): Tensor {
  if (input.rank === 2) return input;
  if (input.rank < 2) return reshape(input, [1, input.size]);
  throw misfit(loss, [input, target], "scores have the shape [batch, classes] or [classes]");
}

const multilabel = /* @__PURE__ */ defineElementwise(
  "multilabelMargin",
  (isPair, own, x) => e.select(isPair, beyond(e.add(e.sub(1, own), x)), 0),
  { conditions: [0] },
);

/**
 * Of scores `[batch, classes]` or `[classes]` and as many class indices, of which those up to the first -1 are the
 * targets: the sum over targets t and classes j that are none of max(0, 1 - x[t] + x[j]), divided by the number of
 * classes. Other shapes are a {@link ShapeError}, other targets a {@link DtypeError}, an index that names no class
 * and is not -1 is an {@link IndexError}. `torch.nn.functional.multilabel_margin_loss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { multilabelMarginLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const target = tensor([[3, 0, -1, 1]], { dtype: "i32" }); // 3 and 0
 * assertEquals(await multilabelMarginLoss(tensor([[0.5, 0, 0.25, 1]]), target).item(), (0 + 0.25 + 0.5 + 0.75) / 4);
 * ```
 */
export function multilabelMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkAlike("multilabelMarginLoss", [input, target], options);
  checkIndices("multilabelMarginLoss", target);
  const rows = rowsOf("multilabelMarginLoss", input, target), labels = reshape(target, rows.shape);
  const isEnd = equal(labels, -1), isLabel = equal(cumsum(isEnd.to("i32"), 1), 0);
  const index = where(isEnd, 0, labels),
    counts = zeros(rows.shape, { dtype: "i32", backend: rows.backend.name });
  const isOther = equal(scatterAdd(counts, 1, index, isLabel.to("i32")), 0);
  // [batch, labels, classes]
  const isPair = mul(unsqueeze(isLabel, 2), unsqueeze(isOther, 1));
  const excess = multilabel(isPair, unsqueeze(gather(rows, 1, index), 2), unsqueeze(rows, 1));
  const losses = mean(sum(excess, 1), 1);
  return reduceLoss(reshape(losses, input.shape.slice(0, -1)), options);
}
