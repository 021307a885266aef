/** Layers that pool windows whose places are drawn. */
import {
  drawKey,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
  type FractionalMaxPoolOptions,
  keyTensor,
  type Pair,
  type Tensor,
  type Triple,
} from "@tapegrad/core";
import { type PickingClass, Pooling, type PoolingFunction, type PoolingKind } from "./pooling.ts";
import { making } from "./pool_sizes.ts";

const kind: PoolingKind = {
  sizes: ["kernelSize"],
  options: { outputSize: null, outputRatio: null, returnIndices: false, key: null, _randomSamples: null },
};

/**
 * What layers have in common that pool windows whose places are drawn: where they draw from.
 *
 * @category Layers
 */
export class FractionalPooling<Output = Tensor> extends Pooling<Output> {
  /** What it draws from, as a buffer that each call changes; `null` where that is the global sequence. */
  readonly key: Tensor | null;
  /** What it takes in place of numbers that are drawn, by PyTorch's name; `null` where it draws. */
  readonly _random_samples: Tensor | null;

  /** A layer that calls `pool`. */
  constructor(pool: PoolingFunction, settings: readonly unknown[]) {
    super(pool, kind, settings);
    const { key, _randomSamples, outputSize, outputRatio } = (settings[1] ?? {}) as FractionalMaxPoolOptions<
      unknown
    >;
    if ((outputSize === undefined) === (outputRatio === undefined)) {
      throw new TypeError(
        `Cannot ${making(this)}: an outputSize is needed or an outputRatio, and not both`,
      );
    }
    this.key = key ? keyTensor(key) : null;
    if (this.key) this.key.label = "key";
    this._random_samples = _randomSamples ?? null;
  }

  /** The next key of its sequence, or what it takes in place of numbers that are drawn. */
  protected override drawn(): Readonly<Record<string, unknown>> {
    const { key, _random_samples: _randomSamples } = this;
    return _randomSamples ? { _randomSamples } : { key: key ? drawKey(key) : undefined };
  }
}

type FractionalMaxPool<Size> = PickingClass<Size, FractionalMaxPoolOptions<Size>>;

function pooling<Size>(name: string, pool: PoolingFunction): FractionalMaxPool<Size> {
  const made = class extends FractionalPooling<unknown> {
    constructor(...settings: readonly unknown[]) {
      super(pool, settings);
    }
  };
  Object.defineProperty(made, "name", { value: name });
  return made as FractionalMaxPool<Size>;
}

/**
 * {@link fractionalMaxPool2d} as a module, as `torch.nn.FractionalMaxPool2d`: each call draws other places.
 *
 * @category Layers
 * @example
 * ```ts
 * import { key, normal } from "@tapegrad/core";
 * import { FractionalMaxPool2d } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const pool = new FractionalMaxPool2d(2, { outputRatio: 0.7, key: key(1) });
 * assertEquals(pool.forward(normal([2, 3, 10, 20], { key: key(2) })).shape, [2, 3, 7, 14]);
 * ```
 */
export const FractionalMaxPool2d: PickingClass<Pair, FractionalMaxPoolOptions<Pair>> =
  /* @__PURE__ */ pooling(
    "FractionalMaxPool2d",
    fractionalMaxPool2d,
  );

/**
 * {@link fractionalMaxPool3d} as a module, as `torch.nn.FractionalMaxPool3d`; see {@link FractionalMaxPool2d}.
 *
 * @category Layers
 */
export const FractionalMaxPool3d: PickingClass<Triple, FractionalMaxPoolOptions<Triple>> =
  /* @__PURE__ */ pooling(
    "FractionalMaxPool3d",
    fractionalMaxPool3d,
  );
