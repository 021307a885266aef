/** Losses of what lies beyond a margin, of elements and of pairs. */
import {
  checkSetting,
  defineElementwise,
  e,
  type Expr,
  mul,
  sameShape,
  sum,
  type Tensor,
} from "@tapegrad/core";
import {
  checkAlike,
  checkLossOptions,
  checkShapes,
  checkTensors,
  type LossOptions,
  misfit,
  reduced,
} from "./options.ts";

/**
 * What losses with a margin may be told.
 *
 * @category Losses
 */
export interface MarginOptions extends LossOptions {
  /** The margin; 1 unless said in {@link hingeEmbeddingLoss}, 0 in the others. */
  readonly margin?: number;
}

/** At 0 it keeps the gradient, as PyTorch's clamp does. */
export function above0(x: Expr): Expr {
  return e.clamp(x, 0, Infinity);
}

const softMargin = /* @__PURE__ */ defineElementwise("softMargin", (x, t) => e.softplus(e.neg(e.mul(t, x))));

/**
 * log(1 + e^(-t·x)) of an input and targets of -1 and 1 of the same shape, otherwise a {@link ShapeError}; finite for
 * any finite x. `torch.nn.functional.soft_margin_loss`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { softMarginLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await softMarginLoss(tensor([-1000, 1000]), tensor([1, 1])).item(), 500);
 * ```
 */
export function softMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkAlike("softMarginLoss", [input, target], options);
  return reduced(options, softMargin, input, target);
}

const hinge = /* @__PURE__ */ defineElementwise("hingeEmbedding", (x, t, margin) =>
  e.add(
    e.select(e.eq(t, 1), 0, above0(e.sub(margin, x))),
    e.select(e.eq(t, -1), 0, x),
  ));

/**
 * Of distances x and targets of the same shape: x where the target is 1, max(0, margin - x) where it is -1, their sum
 * where it is another number. Shapes that differ are a {@link ShapeError}.
 * `torch.nn.functional.hinge_embedding_loss`.
 *
 * @category Losses
 */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  checkAlike("hingeEmbeddingLoss", [input, target], options);
  const { margin = 1 } = options;
  checkSetting("take the hingeEmbeddingLoss", "margin", margin);
  return reduced(options, hinge, input, target, margin);
}

const ranking = /* @__PURE__ */ defineElementwise(
  "marginRanking",
  (a, b, t, margin) => above0(e.add(e.mul(e.neg(t), e.sub(a, b)), margin)),
);

/**
 * max(0, margin - t·(a - b)): a is to be above b by a margin where t is 1, and below where it is -1. Shapes that
 * differ are a {@link ShapeError}. `torch.nn.functional.margin_ranking_loss`.
 *
 * @category Losses
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  checkAlike("marginRankingLoss", [input1, input2, target], options);
  const { margin = 0 } = options;
  checkSetting("take the marginRankingLoss", "margin", margin);
  return reduced(options, ranking, input1, input2, target, margin);
}

// What PyTorch adds to squared lengths, to the digit.
const LEAST = Math.fround(1e-12);

const cosine = /* @__PURE__ */ defineElementwise("cosineEmbedding", (product, a, b, t, margin) => {
  const likeness = e.div(product, e.mul(e.sqrt(e.add(a, LEAST)), e.sqrt(e.add(b, LEAST))));
  return e.add(
    e.select(e.eq(t, 1), e.sub(1, likeness), 0),
    e.select(e.eq(t, -1), above0(e.sub(likeness, margin)), 0),
  );
});

/**
 * Of the cosine c of vectors a and b, both `[batch, features]` or `[features]`, and a target for each pair: 1 - c
 * where it is 1, max(0, c - margin) where it is -1, else 0. Shapes that do not fit are a {@link ShapeError}.
 * `torch.nn.functional.cosine_embedding_loss`.
 *
 * @category Losses
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  checkTensors("cosineEmbeddingLoss", [input1, input2, target]);
  checkLossOptions("cosineEmbeddingLoss", options);
  checkShapes("cosineEmbeddingLoss", input1, input2);
  if (input1.rank === 0 || !sameShape(target.shape, input1.shape.slice(0, -1))) {
    throw misfit(
      "cosineEmbeddingLoss",
      [input1, target],
      "a target for each vector along the last axis is needed",
    );
  }
  const { margin = 0 } = options;
  checkSetting("take the cosineEmbeddingLoss", "margin", margin);
  const inner = (a: Tensor, b: Tensor) => sum(mul(a, b), -1);
  return reduced(
    options,
    cosine,
    inner(input1, input2),
    inner(input1, input1),
    inner(input2, input2),
    target,
    margin,
  );
}
