/** Layers that take images apart into windows and put windows together. */
import {
  checkOptions,
  foldImages,
  type Pair,
  type Tensor,
  unfoldImages,
  type WindowOptions,
} from "@tapegrad/core";
import { Module } from "../module.ts";
import { shown, told } from "./told.ts";

const known = ["dilation", "padding", "stride"];

/**
 * The windows of images as columns, as `torch.nn.Unfold`: {@link unfoldImages} as a module.
 *
 * @category Layers
 * @example
 * ```ts
 * import { ones } from "@tapegrad/core";
 * import { Fold, Unfold } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const columns = new Unfold(2, { stride: 2 }).forward(ones([5, 3, 8, 8]));
 * assertEquals(columns.shape, [5, 12, 16]);
 * assertEquals(await new Fold([8, 8], 2, { stride: 2 }).forward(columns).equal(1).all().item(), 1);
 * ```
 */
export class Unfold extends Module {
  readonly #kernelSize: Pair;
  readonly #options: WindowOptions;

  /** A layer that calls {@link unfoldImages} with these. */
  constructor(kernelSize: Pair, options: WindowOptions = {}) {
    super();
    checkOptions("make an Unfold", options, known);
    this.#kernelSize = kernelSize;
    this.#options = options;
  }

  /** `[channels, rows, columns]` or a batch of them to `[channels · window, windows]`. */
  override forward(x: Tensor): Tensor {
    return unfoldImages(x, this.#kernelSize, this.#options);
  }

  /** `Unfold(2, stride 2)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${[shown(this.#kernelSize), ...told(this.#options)].join(", ")})`;
  }
}

/**
 * Windows added where they overlap, as `torch.nn.Fold`: {@link foldImages} as a module.
 *
 * @category Layers
 */
export class Fold extends Module {
  readonly #outputSize: Pair;
  readonly #kernelSize: Pair;
  readonly #options: WindowOptions;

  /** A layer that calls {@link foldImages} with these. */
  constructor(outputSize: Pair, kernelSize: Pair, options: WindowOptions = {}) {
    super();
    checkOptions("make a Fold", options, known);
    this.#outputSize = outputSize;
    this.#kernelSize = kernelSize;
    this.#options = options;
  }

  /** `[channels · window, windows]` or a batch of them to `[channels, rows, columns]`. */
  override forward(x: Tensor): Tensor {
    return foldImages(x, this.#outputSize, this.#kernelSize, this.#options);
  }

  /** `Fold([8, 8], 2, stride 2)`. */
  protected override describe(): string {
    const parts = [shown(this.#outputSize), shown(this.#kernelSize), ...told(this.#options)];
    return `${this.constructor.name}(${parts.join(", ")})`;
  }
}
