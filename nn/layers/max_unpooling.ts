/** Layers that put elements back where pooling by the largest found them. */
import {
  checkOptions,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  type MaxUnpoolOp,
  type MaxUnpoolOptions,
  type Pair,
  type Single,
  type Tensor,
  type Triple,
} from "@tapegrad/core";
import { Module } from "../module.ts";
import { checkSize, making, showTold } from "./pool_sizes.ts";

/**
 * What {@link MaxUnpool2d} is told of the windows.
 *
 * @category Layers
 */
export type MaxUnpoolLayerOptions<Size = Pair> = Omit<MaxUnpoolOptions<Size>, "outputSize">;

/**
 * What {@link MaxUnpool2d} is called with: `outputSize` is that of what was pooled, of which several have as many windows.
 *
 * @category Layers
 */
export type MaxUnpoolInputs = readonly [
  x: Tensor,
  indices: Tensor,
  options?: Pick<MaxUnpoolOptions, "outputSize">,
];

/**
 * What layers have in common that put elements back where pooling by the largest found them.
 *
 * @category Layers
 */
export abstract class MaxUnpooling<Size> extends Module<MaxUnpoolInputs> {
  readonly #unpool: MaxUnpoolOp<Size>;
  readonly #kernelSize: Size;
  readonly #options: MaxUnpoolLayerOptions<Size>;

  /** A layer that calls `unpool`. */
  constructor(unpool: MaxUnpoolOp<Size>, kernelSize: Size, options: MaxUnpoolLayerOptions<Size>) {
    super();
    const asked = making(this);
    checkOptions(asked, options, { stride: null, padding: null });
    checkSize(asked, "kernelSize", kernelSize, true);
    for (const [name, value] of Object.entries(options)) checkSize(asked, name, value, false);
    this.#unpool = unpool;
    this.#kernelSize = kernelSize;
    this.#options = options;
  }

  /** The elements at the indices that the pooling gave, zeros elsewhere; `outputSize` is that of what was pooled. */
  override forward(...[x, indices, options = {}]: MaxUnpoolInputs): Tensor {
    checkOptions(`apply ${this.describe()}`, options, { outputSize: null });
    return this.#unpool(x, indices, this.#kernelSize, { ...this.#options, ...options });
  }

  /** `MaxUnpool2d(2, stride 3)`. */
  protected override describe(): string {
    return showTold(this.constructor.name, [this.#kernelSize], { ...this.#options });
  }
}

/**
 * {@link maxUnpool1d} as a module, as `torch.nn.MaxUnpool1d`. See {@link MaxUnpool2d}.
 *
 * @category Layers
 */
export class MaxUnpool1d extends MaxUnpooling<Single> {
  /** A layer that undoes a {@link MaxPool1d} with these. */
  constructor(kernelSize: Single, options: MaxUnpoolLayerOptions<Single> = {}) {
    super(maxUnpool1d, kernelSize, options);
  }
}

/**
 * {@link maxUnpool2d} as a module, as `torch.nn.MaxUnpool2d`.
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { MaxPool2d, MaxUnpool2d } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[1, 2, 9], [4, 3, 5]]]);
 * const { values, indices } = new MaxPool2d(2, { returnIndices: true }).forward(image);
 * const unpool = new MaxUnpool2d(2);
 * assertEquals(await unpool.forward(values, indices).array(), [[[0, 0], [0, 4]]]);
 * const whole = unpool.forward(values, indices, { outputSize: image.shape });
 * assertEquals(await whole.array(), [[[0, 0, 0], [4, 0, 0]]]);
 * ```
 */
export class MaxUnpool2d extends MaxUnpooling<Pair> {
  /** A layer that undoes a {@link MaxPool2d} with these. */
  constructor(kernelSize: Pair, options: MaxUnpoolLayerOptions<Pair> = {}) {
    super(maxUnpool2d, kernelSize, options);
  }
}

/**
 * {@link maxUnpool3d} as a module, as `torch.nn.MaxUnpool3d`. See {@link MaxUnpool2d}.
 *
 * @category Layers
 */
export class MaxUnpool3d extends MaxUnpooling<Triple> {
  /** A layer that undoes a {@link MaxPool3d} with these. */
  constructor(kernelSize: Triple, options: MaxUnpoolLayerOptions<Triple> = {}) {
    super(maxUnpool3d, kernelSize, options);
  }
}
