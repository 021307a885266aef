/** The affine layer. */
import { checkOptions, checkShape, checkTensor, linear, ShapeError, showShape, Tensor } from "@tapegrad/core";
import { Module } from "../module.ts";
import { drawn, type DrawnOptions, drawnOptions } from "./drawn.ts";

/**
 * What {@link Linear} may be told.
 *
 * @category Layers
 */
export type LinearOptions = DrawnOptions;

/**
 * `y = x·Wᵀ + b` on the last axis, `torch.nn.Linear`: `[…, inFeatures]` to `[…, outFeatures]`, with the weight
 * `[outFeatures, inFeatures]` and the bias `[outFeatures]`. Both start as PyTorch's, uniform
 * between ±1/√inFeatures. An input whose last extent is not `inFeatures` is a {@link ShapeError}.
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor, zeros } from "@tapegrad/core";
 * import { Linear } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new Linear(3, 2);
 * assertEquals(layer.forward(zeros([5, 4, 3])).shape, [5, 4, 2]);
 * layer.loadStateDict({ weight: tensor([[1, 2, 3], [0, 0, 1]]), bias: tensor([10, 20]) });
 * assertEquals(await layer.forward(tensor([1, 1, 1])).array(), [16, 21]);
 * ```
 */
export class Linear extends Module {
  /** Extent of the last axis of the input. */
  readonly inFeatures: number;
  /** Extent of the last axis of the output. */
  readonly outFeatures: number;
  /** `[outFeatures, inFeatures]`. */
  readonly weight: Tensor;
  /** `[outFeatures]`, or `null` without one. */
  readonly bias: Tensor | null;

  /** A layer with random parameters. */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkOptions("make a Linear", options, drawnOptions);
    checkShape("make a Linear with a weight of", [outFeatures, inFeatures]);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    const { weight, bias } = drawn([outFeatures, inFeatures], outFeatures, options);
    this.weight = weight;
    this.bias = bias;
  }

  /** `x·Wᵀ + b`. */
  override forward(x: Tensor): Tensor {
    if (!(x instanceof Tensor) || x.shape.at(-1) !== this.inFeatures) throw this.#misfit(x);
    return linear(x, this.weight, this.bias ?? undefined);
  }

  #misfit(x: Tensor): ShapeError {
    checkTensor(`apply ${this.describe()} to`, x);
    return new ShapeError(
      `Cannot apply ${this.describe()} to ${showShape(x.shape)}: the last extent must be ${this.inFeatures}`,
      { op: "Linear", shapes: [x.shape, this.weight.shape] },
    );
  }

  /** `Linear(2, 1)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.inFeatures}, ${this.outFeatures}${this.bias ? "" : ", no bias"})`;
  }
}
