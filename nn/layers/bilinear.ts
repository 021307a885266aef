/** The bilinear layer. */
import {
  bilinear,
  checkOptions,
  checkShape,
  checkTensor,
  ShapeError,
  showShape,
  type Tensor,
} from "@tapegrad/core";
import { Module } from "../module.ts";
import { drawn, type DrawnOptions, drawnOptions } from "./drawn.ts";
import type { TwoVectors } from "./similarity.ts";

/**
 * `y = x1ᵀ·W·x2 + b` on the last axes, `torch.nn.Bilinear`: `[…, in1Features]` and `[…, in2Features]` to
 * `[…, outFeatures]`. The weight `[outFeatures, in1Features, in2Features]` and the bias `[outFeatures]` start uniform
 * between ±1/√in1Features. Inputs of other extents are a {@link ShapeError}.
 *
 * @category Layers
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Bilinear } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new Bilinear(3, 4, 2);
 * assertEquals(layer.forward(zeros([5, 3]), zeros([5, 4])).shape, [5, 2]);
 * ```
 */
export class Bilinear extends Module<TwoVectors> {
  /** `[outFeatures, in1Features, in2Features]`. */
  readonly weight: Tensor;
  /** `[outFeatures]`, or `null` without one. */
  readonly bias: Tensor | null;

  /** A layer with random parameters. */
  constructor(in1Features: number, in2Features: number, outFeatures: number, options: DrawnOptions = {}) {
    super();
    checkOptions("make a Bilinear", options, drawnOptions);
    const shape = checkShape("make a Bilinear with a weight of", [outFeatures, in1Features, in2Features]);
    const { weight, bias } = drawn(shape, outFeatures, options, { fanIn: in1Features });
    this.weight = weight;
    this.bias = bias;
  }

  /** `x1ᵀ·W·x2 + b`. */
  override forward(x1: Tensor, x2: Tensor): Tensor {
    for (const x of [x1, x2]) checkTensor(`apply ${this.describe()} to`, x);
    const { weight: { shape: [, left, right] } } = this, found = [x1.shape.at(-1), x2.shape.at(-1)];
    if (found[0] === left && found[1] === right) return bilinear(x1, x2, this.weight, this.bias ?? undefined);
    throw new ShapeError(
      `Cannot apply ${this.describe()} to ${showShape(x1.shape)} and ${
        showShape(x2.shape)
      }: the last extents must be ` +
        `${left} and ${right}`,
      { op: "Bilinear", shapes: [x1.shape, x2.shape, this.weight.shape] },
    );
  }

  /** `Bilinear(3, 4, 2)`. */
  protected override describe(): string {
    const [out, left, right] = this.weight.shape;
    return `${this.constructor.name}(${left}, ${right}, ${out}${this.bias ? "" : ", no bias"})`;
  }
}
