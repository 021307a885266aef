/** Losses. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import {
  bceLoss,
  bceWithLogitsLoss,
  crossEntropy,
  huberLoss,
  l1Loss,
  mseLoss,
  type Reduction,
  smoothL1Loss,
} from "@tapegrad/nn";
import { type Call, NAMED, type Operator } from "../call.ts";

function reductionOf(c: Call): Reduction {
  const how = c.text(NAMED, "reduction", "mean");
  return how === "sum" || how === "none" ? how : "mean";
}

function reduced(losses: Tensor, c: Call): Tensor {
  const how = c.text(NAMED, "reduction", "mean");
  if (how === "batchmean") return t.sum(losses).div(losses.shape[0]);
  return how === "none" ? losses : how === "sum" ? t.sum(losses) : t.mean(losses);
}

/** A loss of ours, weighed element by element where a weight is given. */
function weighed(loss: (x: Tensor, y: Tensor, c: Call, reduction: Reduction) => Tensor): Operator {
  return (c) => {
    const weight = c.maybe(2, "weight");
    if (!weight) return loss(c.tensor(0), c.tensor(1), c, reductionOf(c));
    return reduced(loss(c.tensor(0), c.tensor(1), c, "none").mul(weight), c);
  };
}

function logitLoss(x: Tensor, y: Tensor, c: Call, reduction: Reduction): Tensor {
  const posWeight = c.maybe(NAMED, "pos_weight");
  return bceWithLogitsLoss(x, y, { reduction, ...(posWeight && { posWeight }) });
}

function crossEntropyOf(c: Call): Tensor {
  const weight = c.maybe(2, "weight");
  return crossEntropy(c.tensor(0), c.tensor(1), {
    reduction: reductionOf(c),
    labelSmoothing: c.number(NAMED, "label_smoothing", 0),
    ignoreIndex: c.number(NAMED, "ignore_index", -100),
    ...(weight && { weight }),
  });
}

function nllLoss(c: Call): Tensor {
  const logs = c.tensor(0), target = c.tensor(1), axis = logs.rank === 1 ? 0 : 1;
  const counts = target.notEqual(c.number(NAMED, "ignore_index", -100));
  const index = t.where(counts, target, 0), weight = c.maybe(2, "weight");
  const chosen = weight
    ? t.indexSelect(weight, 0, index.reshape([-1])).reshape(index.shape)
    : counts.to(logs.dtype);
  const weights = t.where(counts, chosen, 0);
  const losses = t.gather(logs, axis, index.unsqueeze(axis)).squeeze(axis).mul(weights).neg();
  return reductionOf(c) === "mean" ? t.sum(losses).div(t.sum(weights)) : reduced(losses, c);
}

function cosineEmbedding(c: Call): Tensor {
  const [a, b, target] = [c.tensor(0), c.tensor(1), c.tensor(2)];
  const length = (x: Tensor) => t.sum(t.square(x), -1).add(1e-12);
  const cosine = t.sum(a.mul(b), -1).div(t.sqrt(length(a).mul(length(b))));
  const apart = t.clamp(cosine.sub(c.number(NAMED, "margin", 0)), 0, Infinity);
  return reduced(t.where(target.equal(1), t.sub(1, cosine), t.where(target.equal(-1), apart, 0)), c);
}

function gaussian(c: Call): Tensor {
  const [x, target, given] = [c.tensor(0), c.tensor(1), c.tensor(2)];
  // A variance for all of the last axis may come without that axis.
  const isShort = given.rank === x.rank - 1 && given.shape.every((n, i) => n === x.shape[i]);
  const spread = t.maximum(isShort ? given.unsqueeze(-1) : given, c.number(NAMED, "eps", 1e-6));
  const losses = t.log(spread).add(t.square(x.sub(target)).div(spread)).mul(0.5);
  return reduced(c.flag(NAMED, "full", false) ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, c);
}

function hinge(c: Call): Tensor {
  const [x, target] = [c.tensor(0), c.tensor(1)];
  const far = t.clamp(t.sub(c.number(NAMED, "margin", 1), x), 0, Infinity);
  return reduced(t.where(target.equal(1), 0, far).add(t.where(target.equal(-1), 0, x)), c);
}

function divergence(c: Call): Tensor {
  const [x, target] = [c.tensor(0), c.tensor(1)];
  const logs = c.flag(NAMED, "log_target", false);
  return reduced(logs ? t.exp(target).mul(target.sub(x)) : t.xlogy(target, target).sub(target.mul(x)), c);
}

function marginRanking(c: Call): Tensor {
  const [a, b, target] = [c.tensor(0), c.tensor(1), c.tensor(2)];
  return reduced(t.clamp(t.neg(target).mul(a.sub(b)).add(c.number(NAMED, "margin", 0)), 0, Infinity), c);
}

function poisson(c: Call): Tensor {
  const [x, target] = [c.tensor(0), c.tensor(1)];
  const rate = c.flag(NAMED, "log_input", true)
    ? t.exp(x).sub(target.mul(x))
    : x.sub(target.mul(t.log(x.add(c.number(NAMED, "eps", 1e-8)))));
  if (!c.flag(NAMED, "full", false)) return reduced(rate, c);
  const stirling = target.mul(t.log(target)).sub(target).add(t.log(target.mul(2 * Math.PI)).mul(0.5));
  return reduced(rate.add(t.where(target.lessEqual(1), 0, stirling)), c);
}

function triplet(c: Call): Tensor {
  const [anchor, positive, negative] = [c.tensor(0), c.tensor(1), c.tensor(2)];
  const apart = (a: Tensor, b: Tensor) =>
    t.norm(a.sub(b).add(c.number(NAMED, "eps", 1e-6)), -1, { order: c.number(NAMED, "p", 2) });
  const far = apart(anchor, negative);
  const other = c.flag(NAMED, "swap", false) ? t.minimum(far, apart(positive, negative)) : far;
  const losses = apart(anchor, positive).sub(other).add(c.number(NAMED, "margin", 1));
  return reduced(t.clamp(losses, 0, Infinity), c);
}

function multilabelSoftMargin(c: Call): Tensor {
  const [x, target, weight] = [c.tensor(0), c.tensor(1), c.maybe(2, "weight")];
  const losses = target.mul(t.logSigmoid(x)).add(t.sub(1, target).mul(t.logSigmoid(t.neg(x)))).neg();
  return reduced(t.mean(weight ? losses.mul(weight) : losses, -1), c);
}

function plain(loss: (x: Tensor, y: Tensor, options: { reduction: Reduction }) => Tensor): Operator {
  return (c) => loss(c.tensor(0), c.tensor(1), { reduction: reductionOf(c) });
}

/** PyTorch's names of losses, after `nn.functional.`. */
const named: Readonly<Record<string, Operator>> = {
  "binary_cross_entropy": weighed((x, y, _c, reduction) => bceLoss(x, y, { reduction })),
  "binary_cross_entropy_with_logits": weighed(logitLoss),
  "cross_entropy": crossEntropyOf,
  "huber_loss": (c) =>
    huberLoss(c.tensor(0), c.tensor(1), { reduction: reductionOf(c), delta: c.number(NAMED, "delta", 1) }),
  "l1_loss": plain(l1Loss),
  "mse_loss": plain(mseLoss),
  "smooth_l1_loss": (c) =>
    smoothL1Loss(c.tensor(0), c.tensor(1), { reduction: reductionOf(c), beta: c.number(NAMED, "beta", 1) }),

  "cosine_embedding_loss": cosineEmbedding,
  "gaussian_nll_loss": gaussian,
  "hinge_embedding_loss": hinge,
  "kl_div": divergence,
  "margin_ranking_loss": marginRanking,
  "multilabel_soft_margin_loss": multilabelSoftMargin,
  "nll_loss": nllLoss,
  "poisson_nll_loss": poisson,
  "soft_margin_loss": (c) => reduced(t.softplus(t.neg(c.tensor(1)).mul(c.tensor(0))), c),
  "triplet_margin_loss": triplet,
};

/** PyTorch's names of losses. */
export const losses: Readonly<Record<string, Operator>> = Object.fromEntries(
  Object.entries(named).map(([name, op]) => [`nn.functional.${name}`, op]),
);
