/** Losses of values and of distributions as modules. */
import type { Tensor } from "@tapegrad/core";
import { bceLoss, type BCEOptions, bceWithLogitsLoss, type BCEWithLogitsOptions } from "./binary.ts";
import { crossEntropy, type CrossEntropyOptions, nllLoss, type NLLOptions } from "./cross_entropy.ts";
import { ctcLoss, type CTCOptions } from "./ctc.ts";
import type { Lengths } from "./ctc_sequences.ts";
import {
  gaussianNllLoss,
  type GaussianNLLOptions,
  klDiv,
  type KLDivOptions,
  poissonNllLoss,
  type PoissonNLLOptions,
} from "./densities.ts";
import {
  huberLoss,
  type HuberOptions,
  l1Loss,
  mseLoss,
  smoothL1Loss,
  type SmoothL1Options,
} from "./elements.ts";
import { bufferOf, Loss, WeightedLoss } from "./loss.ts";
import { checkLossOptions, type LossOptions } from "./options.ts";

/**
 * {@link mseLoss} as a module, `torch.nn.MSELoss`. As all losses it is given its options once and called by `forward`.
 *
 * @category Losses
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { MSELoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = new MSELoss({ reduction: "sum" }).forward(tensor([1, 2]), tensor([1, 4]));
 * assertEquals(await loss.item(), 4);
 * ```
 */
export class MSELoss extends Loss<LossOptions> {
  /** {@link mseLoss} with these options. */
  constructor(options: LossOptions = {}) {
    super(mseLoss, checkLossOptions("mseLoss", options));
  }
}

/**
 * {@link l1Loss} as a module, `torch.nn.L1Loss`.
 *
 * @category Losses
 */
export class L1Loss extends Loss<LossOptions> {
  /** {@link l1Loss} with these options. */
  constructor(options: LossOptions = {}) {
    super(l1Loss, checkLossOptions("l1Loss", options));
  }
}

/**
 * {@link smoothL1Loss} as a module, `torch.nn.SmoothL1Loss`.
 *
 * @category Losses
 */
export class SmoothL1Loss extends Loss<SmoothL1Options> {
  /** {@link smoothL1Loss} with these options. */
  constructor(options: SmoothL1Options = {}) {
    super(smoothL1Loss, checkLossOptions("smoothL1Loss", options));
  }
}

/**
 * {@link huberLoss} as a module, `torch.nn.HuberLoss`.
 *
 * @category Losses
 */
export class HuberLoss extends Loss<HuberOptions> {
  /** {@link huberLoss} with these options. */
  constructor(options: HuberOptions = {}) {
    super(huberLoss, checkLossOptions("huberLoss", options));
  }
}

/**
 * {@link bceLoss} as a module, `torch.nn.BCELoss`.
 *
 * @category Losses
 */
export class BCELoss extends WeightedLoss<BCEOptions> {
  /** {@link bceLoss} with these options. */
  constructor(options: BCEOptions = {}) {
    super(bceLoss, checkLossOptions("bceLoss", options));
  }
}

/**
 * {@link bceWithLogitsLoss} as a module, `torch.nn.BCEWithLogitsLoss`.
 *
 * @category Losses
 */
export class BCEWithLogitsLoss extends WeightedLoss<BCEWithLogitsOptions> {
  /** The weight of the positive class, likewise. */
  readonly pos_weight: Tensor | null;

  /** {@link bceWithLogitsLoss} with these options. */
  constructor(options: BCEWithLogitsOptions = {}) {
    super(bceWithLogitsLoss, checkLossOptions("bceWithLogitsLoss", options));
    this.pos_weight = bufferOf(options.posWeight);
  }
}

/**
 * {@link crossEntropy} as a module, `torch.nn.CrossEntropyLoss`.
 *
 * @category Losses
 */
export class CrossEntropyLoss extends WeightedLoss<CrossEntropyOptions> {
  /** {@link crossEntropy} with these options. */
  constructor(options: CrossEntropyOptions = {}) {
    super(crossEntropy, checkLossOptions("crossEntropy", options));
  }
}

/**
 * {@link nllLoss} as a module, `torch.nn.NLLLoss`.
 *
 * @category Losses
 */
export class NLLLoss extends WeightedLoss<NLLOptions> {
  /** {@link nllLoss} with these options. */
  constructor(options: NLLOptions = {}) {
    super(nllLoss, checkLossOptions("nllLoss", options));
  }
}

/**
 * {@link klDiv} as a module, `torch.nn.KLDivLoss`.
 *
 * @category Losses
 */
export class KLDivLoss extends Loss<KLDivOptions> {
  /** {@link klDiv} with these options. */
  constructor(options: KLDivOptions = {}) {
    super(klDiv, checkLossOptions("klDiv", options));
  }
}

/**
 * {@link poissonNllLoss} as a module, `torch.nn.PoissonNLLLoss`.
 *
 * @category Losses
 */
export class PoissonNLLLoss extends Loss<PoissonNLLOptions> {
  /** {@link poissonNllLoss} with these options. */
  constructor(options: PoissonNLLOptions = {}) {
    super(poissonNllLoss, checkLossOptions("poissonNllLoss", options));
  }
}

/**
 * {@link gaussianNllLoss} as a module, `torch.nn.GaussianNLLLoss`.
 *
 * @category Losses
 */
export class GaussianNLLLoss
  extends Loss<GaussianNLLOptions, readonly [input: Tensor, target: Tensor, variance: Tensor]> {
  /** {@link gaussianNllLoss} with these options. */
  constructor(options: GaussianNLLOptions = {}) {
    super(gaussianNllLoss, checkLossOptions("gaussianNllLoss", options));
  }
}

/**
 * {@link ctcLoss} as a module, `torch.nn.CTCLoss`.
 *
 * @category Losses
 */
export class CTCLoss extends Loss<CTCOptions, SequencesAndLengths> {
  /** {@link ctcLoss} with these options. */
  constructor(options: CTCOptions = {}) {
    super(ctcLoss, checkLossOptions("ctcLoss", options));
  }
}

/**
 * What {@link CTCLoss} takes.
 *
 * @category Losses
 */
export type SequencesAndLengths = readonly [
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
];
