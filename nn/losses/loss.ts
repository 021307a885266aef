/** A loss as a module: options given once, `forward` called often. */
import { checkFunction, Tensor, type TensorLike } from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * What most losses compare.
 *
 * @category Losses
 */
export type InputAndTarget = readonly [input: Tensor, target: Tensor];

/**
 * A loss function with its options, as a module of an input and a target, or of what else the function takes.
 *
 * @category Losses
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
export class Loss<Options extends object = object, Inputs extends readonly unknown[] = InputAndTarget>
  extends Module<Inputs> {
  readonly #fn: (...args: [...inputs: Inputs, options: Options]) => Tensor;
  readonly #options: Options;

  /** The module that applies `fn` with `options`. */
  constructor(fn: (...args: [...inputs: Inputs, options: Options]) => Tensor, options: Options) {
    super();
    checkFunction("make a loss of", fn);
    this.#fn = fn;
    this.#options = options;
  }

  /** The loss of `inputs`: an input and its target unless said. */
  override forward(...inputs: Inputs): Tensor {
    return this.#fn(...inputs, this.#options);
  }
}

/**
 * A loss whose options may have a weight, which is a buffer of the module then, as in PyTorch.
 *
 * @category Losses
 */
export class WeightedLoss<Options extends { readonly weight?: TensorLike }> extends Loss<Options> {
  /** The weight, if it is a tensor: part of the state, and moved with the module. */
  readonly weight: Tensor | null;

  /** The module that applies `fn` with `options`. */
  constructor(fn: (input: Tensor, target: Tensor, options: Options) => Tensor, options: Options) {
    super(fn, options);
    this.weight = bufferOf(options.weight);
  }
}

/** What of an option is a buffer: a tensor, not a number. */
export function bufferOf(option: TensorLike | undefined): Tensor | null {
  return option instanceof Tensor ? option : null;
}
