/** Adam whose weights decay apart from the gradient. */
import { Adam, type AdamOptions } from "./adam.ts";
import type { Optimizable } from "./parameters.ts";

/**
 * {@link Adam} with decoupled decay of weights (Loshchilov & Hutter, 2019), as PyTorch's: a parameter is multiplied
 * by 1 - learningRate·weightDecay in each step, instead of the decay entering its gradient and its averages. The
 * weight decay is 0.01 unless said, and all else as of Adam.
 *
 * @category Optimizers
 * @example
 * ```ts
 * import { tensor, variable } from "@tapegrad/core";
 * import { AdamW } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([1, 2]), optimizer = new AdamW([x], { learningRate: 0.5, weightDecay: 1 });
 * x.setGrad(tensor([0, 0]));
 * optimizer.step();
 * assertEquals(await x.array(), [0.5, 1]);
 * ```
 */
export class AdamW extends Adam {
  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<AdamOptions>, options?: AdamOptions) {
    super(parameters, options, { weightDecay: 0.01, decoupledWeightDecay: true });
  }
}
