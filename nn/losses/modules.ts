/** Losses as modules: options given once, `forward(input, target)` called often. */
import { checkFunction, type Tensor } from "@tapegrad/core";
import { crossEntropy, type CrossEntropyOptions } from "./cross_entropy.ts";
import {
  bceLoss,
  bceWithLogitsLoss,
  type BCEWithLogitsOptions,
  checkLossOptions,
  huberLoss,
  type HuberOptions,
  l1Loss,
  type LossOptions,
  mseLoss,
  smoothL1Loss,
  type SmoothL1Options,
} from "./elements.ts";
import { Module } from "../module.ts";

/**
 * A loss function with its options, as a module of an input and a target.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Loss, mseLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const half = new Loss((x, y) => mseLoss(x, y).div(2), {});
 * assertEquals(await half.forward(tensor([1, 2]), tensor([1, 4])).item(), 1);
 * ```
 */
export class Loss<Options extends LossOptions = LossOptions>
  extends Module<readonly [input: Tensor, target: Tensor]> {
  readonly #fn: (input: Tensor, target: Tensor, options: Options) => Tensor;
  readonly #options: Options;

  /** The module that applies `fn` with `options`. */
  constructor(fn: (input: Tensor, target: Tensor, options: Options) => Tensor, options: Options) {
    super();
    checkFunction("make a loss of", fn);
    this.#fn = fn;
    this.#options = options;
  }

  /** The loss of `input` against `target`. */
  override forward(input: Tensor, target: Tensor): Tensor {
    return this.#fn(input, target, this.#options);
  }
}

/**
 * {@link mseLoss} as a module.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { MSELoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = new MSELoss().forward(tensor([1, 2]), tensor([1, 4]));
 * assertEquals(await loss.item(), 2);
 * ```
 */
export class MSELoss extends Loss<LossOptions> {
  /** {@link mseLoss} with these options. */
  constructor(options: LossOptions = {}) {
    super(mseLoss, checkLossOptions("mseLoss", options));
  }
}

/**
 * {@link l1Loss} as a module.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { L1Loss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = new L1Loss({ reduction: "sum" }).forward(tensor([1, 2]), tensor([1, 4]));
 * assertEquals(await loss.item(), 2);
 * ```
 */
export class L1Loss extends Loss<LossOptions> {
  /** {@link l1Loss} with these options. */
  constructor(options: LossOptions = {}) {
    super(l1Loss, checkLossOptions("l1Loss", options));
  }
}

/**
 * {@link bceLoss} as a module.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { BCELoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = new BCELoss().forward(tensor([0, 1]), tensor([1, 1]));
 * assertEquals(await loss.item(), 50);
 * ```
 */
export class BCELoss extends Loss<LossOptions> {
  /** {@link bceLoss} with these options. */
  constructor(options: LossOptions = {}) {
    super(bceLoss, checkLossOptions("bceLoss", options));
  }
}

/**
 * {@link bceWithLogitsLoss} as a module.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { BCEWithLogitsLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = new BCEWithLogitsLoss().forward(tensor([-100, 1000]), tensor([1, 1]));
 * assertEquals(await loss.item(), 50);
 * ```
 */
export class BCEWithLogitsLoss extends Loss<BCEWithLogitsOptions> {
  /** {@link bceWithLogitsLoss} with these options. */
  constructor(options: BCEWithLogitsOptions = {}) {
    super(bceWithLogitsLoss, checkLossOptions("bceWithLogitsLoss", options));
  }
}

/**
 * {@link huberLoss} as a module.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { HuberLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = new HuberLoss({ delta: 2, reduction: "sum" }).forward(tensor([2, 3]), tensor([0, 0]));
 * assertEquals(await loss.item(), 6);
 * ```
 */
export class HuberLoss extends Loss<HuberOptions> {
  /** {@link huberLoss} with these options. */
  constructor(options: HuberOptions = {}) {
    super(huberLoss, checkLossOptions("huberLoss", options));
  }
}

/**
 * {@link smoothL1Loss} as a module.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { SmoothL1Loss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = new SmoothL1Loss({ beta: 2, reduction: "sum" }).forward(tensor([2, 3]), tensor([0, 0]));
 * assertEquals(await loss.item(), 3);
 * ```
 */
export class SmoothL1Loss extends Loss<SmoothL1Options> {
  /** {@link smoothL1Loss} with these options. */
  constructor(options: SmoothL1Options = {}) {
    super(smoothL1Loss, checkLossOptions("smoothL1Loss", options));
  }
}

/**
 * {@link crossEntropy} as a module.
 *
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { CrossEntropyLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = new CrossEntropyLoss().forward(tensor([[1000, 0]]), tensor([1], { dtype: "i32" }));
 * assertEquals(await loss.item(), 1000);
 * ```
 */
export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  /** {@link crossEntropy} with these options. */
  constructor(options: CrossEntropyOptions = {}) {
    super(crossEntropy, checkLossOptions("crossEntropy", options));
  }
}
