/** Losses. */
import type { Tensor } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { type Call, NAMED, type Operator } from "../call.ts";

/** What a call says beside its tensors, in our words. */
type Options = Readonly<Record<string, unknown>>;

function two(
  loss: (a: Tensor, b: Tensor, options: never) => Tensor,
  options: (c: Call) => Options,
): Operator {
  return (c) => loss(c.tensor(0), c.tensor(1), { ...reduction(c), ...options(c) } as never);
}

function three(
  loss: (a: Tensor, b: Tensor, c: Tensor, options: never) => Tensor,
  options: (c: Call) => Options,
): Operator {
  return (c) => loss(c.tensor(0), c.tensor(1), c.tensor(2), { ...reduction(c), ...options(c) } as never);
}

function reduction(c: Call): { readonly reduction: nn.Reduction } {
  return { reduction: c.text(NAMED, "reduction", "mean") as nn.Reduction };
}

function none(): Options {
  return {};
}

function weight(c: Call): Options {
  return { weight: c.maybe(2, "weight") };
}

function margin(fallback: number): (c: Call) => Options {
  return (c) => ({ margin: c.number(NAMED, "margin", fallback) });
}

function ignoring(c: Call): Options {
  return { ...weight(c), ignoreIndex: c.number(NAMED, "ignore_index", -100) };
}

function full(c: Call, eps: number): Options {
  return { full: c.flag(NAMED, "full", false), eps: c.number(NAMED, "eps", eps) };
}

function gaussian(c: Call): Tensor {
  const options = { ...reduction(c), ...full(c, 1e-6) };
  return nn.gaussianNllLoss(c.tensor(0), c.tensorAs(1, 0), c.tensor(2), options);
}

function triplet(c: Call): Options {
  return { ...margin(1)(c), swap: c.flag(NAMED, "swap", false) };
}

function ctc(c: Call): Tensor {
  const zeroInfinity = c.flag(NAMED, "zero_infinity", false), blank = c.number(NAMED, "blank", 0);
  const options = { ...reduction(c), blank, zeroInfinity };
  return nn.ctcLoss(c.tensor(0), c.tensor(1), c.tensor(2), c.tensor(3), options);
}

/** PyTorch's names of losses, after `nn.functional.`. */
const named: Readonly<Record<string, Operator>> = {
  "binary_cross_entropy": two(nn.bceLoss, weight),
  "binary_cross_entropy_with_logits": two(
    nn.bceWithLogitsLoss,
    (c) => ({ ...weight(c), posWeight: c.maybe(NAMED, "pos_weight") }),
  ),
  "cosine_embedding_loss": three(nn.cosineEmbeddingLoss, margin(0)),
  "cross_entropy": two(
    nn.crossEntropy,
    (c) => ({ ...ignoring(c), labelSmoothing: c.number(NAMED, "label_smoothing", 0) }),
  ),
  "ctc_loss": ctc,
  "gaussian_nll_loss": gaussian,
  "hinge_embedding_loss": two(nn.hingeEmbeddingLoss, margin(1)),
  "huber_loss": two(nn.huberLoss, (c) => ({ delta: c.number(NAMED, "delta", 1) })),
  "kl_div": two(nn.klDiv, (c) => ({ logTarget: c.flag(NAMED, "log_target", false) })),
  "l1_loss": two(nn.l1Loss, none),
  "margin_ranking_loss": three(nn.marginRankingLoss, margin(0)),
  "mse_loss": two(nn.mseLoss, none),
  "multi_margin_loss": two(
    nn.multiMarginLoss,
    (c) => ({ p: c.number(NAMED, "p", 1), ...margin(1)(c), weight: c.maybe(NAMED, "weight") }),
  ),
  "multilabel_margin_loss": two(nn.multilabelMarginLoss, none),
  "multilabel_soft_margin_loss": two(nn.multilabelSoftMarginLoss, weight),
  "nll_loss": two(nn.nllLoss, ignoring),
  "poisson_nll_loss": two(
    nn.poissonNllLoss,
    (c) => ({ logInput: c.flag(NAMED, "log_input", true), ...full(c, 1e-8) }),
  ),
  "smooth_l1_loss": two(nn.smoothL1Loss, (c) => ({ beta: c.number(NAMED, "beta", 1) })),
  "soft_margin_loss": two(nn.softMarginLoss, none),
  "triplet_margin_loss": three(
    nn.tripletMarginLoss,
    (c) => ({ ...triplet(c), p: c.number(NAMED, "p", 2), eps: c.number(NAMED, "eps", 1e-6) }),
  ),
  "triplet_margin_with_distance_loss": three(nn.tripletMarginWithDistanceLoss, triplet),
};

/** PyTorch's names of losses. */
export const losses: Readonly<Record<string, Operator>> = Object.fromEntries(
  Object.entries(named).map(([name, op]) => [`nn.functional.${name}`, op]),
);
