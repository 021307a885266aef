/** Layers that pool: a row each, made of the function of the same name. */
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  type AvgPool1dOptions,
  avgPool2d,
  avgPool3d,
  type AvgPoolOptions,
  checkOptions,
  lpPool1d,
  lpPool2d,
  lpPool3d,
  type LpPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type MaxPoolOptions,
  type OutputSize,
  type Pair,
  type Single,
  type Tensor,
  type Triple,
  type ValuesAndIndices,
} from "@tapegrad/core";
import { Module } from "../module.ts";
import { checkSize, making, showTold } from "./pool_sizes.ts";

/**
 * A function that pools: of a tensor, sizes, and options behind them.
 *
 * @category Layers
 */
export type PoolingFunction = (x: Tensor, ...settings: never[]) => unknown;

/**
 * What layers that pool alike take.
 *
 * @category Layers
 */
export interface PoolingKind {
  /** The sizes that are taken by place. */
  readonly sizes: readonly string[];
  /** The options it takes, each with a value of its kind, or `null` for any. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * What layers that pool have in common: they call a function with what they were told. They have no parameters.
 *
 * @category Layers
 */
export class Pooling<Output = Tensor> extends Module<readonly [x: Tensor], Output> {
  readonly #pool: PoolingFunction;
  readonly #sizes: readonly unknown[];
  readonly #options: Readonly<Record<string, unknown>>;

  /** A layer that calls a function with its settings, which are those of its kind. */
  constructor(pool: PoolingFunction, { sizes, options }: PoolingKind, settings: readonly unknown[]) {
    super();
    const asked = making(this), told = (settings[sizes.length] ?? {}) as Readonly<Record<string, unknown>>;
    checkOptions(asked, told, options);
    sizes.forEach((name, i) => checkSize(asked, name, settings[i], true));
    for (const [name, value] of Object.entries(told)) checkSize(asked, name, value, false);
    this.#pool = pool;
    this.#sizes = settings.slice(0, sizes.length);
    this.#options = told;
  }

  /** An image, or a batch of them, pooled. */
  override forward(x: Tensor): Output {
    const options = { ...this.#options, ...this.drawn() };
    return this.#pool(x, ...[...this.#sizes, options] as never[]) as Output;
  }

  /** Options that are anew with each call. */
  protected drawn(): Readonly<Record<string, unknown>> {
    return {};
  }

  /** `MaxPool2d([3, 2], stride 2)`. */
  protected override describe(): string {
    return showTold(this.constructor.name, this.#sizes, this.#options);
  }
}

/**
 * A class of layers that pool, made with `Settings`.
 *
 * @category Layers
 */
export type PoolingClass<Settings extends readonly unknown[]> = new (...settings: Settings) => Pooling;

/**
 * A class of layers that pool by the largest: with `returnIndices: true` they tell where it stood too.
 *
 * @category Layers
 */
export interface PickingClass<Size, Options = unknown> {
  /** A layer that gives the largest elements, and their positions in the flattened image. */
  new (size: Size, options: Options & { readonly returnIndices: true }): Pooling<ValuesAndIndices>;
  /** A layer that gives the largest elements. */
  new (size: Size, options?: Options & { readonly returnIndices?: false }): Pooling;
}

function pooling<Class>(name: string, pool: PoolingFunction, kind: PoolingKind): Class {
  const made = class extends Pooling<unknown> {
    constructor(...settings: readonly unknown[]) {
      super(pool, kind, settings);
    }
  };
  Object.defineProperty(made, "name", { value: name });
  return made as Class;
}

// Without spreading one object into others, so that bundles of programs that do not pool have none of this.
const byLargest: PoolingKind = {
  sizes: ["kernelSize"],
  options: { stride: null, padding: null, dilation: null, ceilMode: false, returnIndices: false },
};
const byMean1d: PoolingKind = {
  sizes: ["kernelSize"],
  options: { stride: null, padding: null, ceilMode: false, countIncludePad: true },
};
const byMean: PoolingKind = {
  sizes: ["kernelSize"],
  options: { stride: null, padding: null, ceilMode: false, countIncludePad: true, divisorOverride: null },
};
const byNorm: PoolingKind = {
  sizes: ["normType", "kernelSize"],
  options: { stride: null, ceilMode: false },
};
const adaptingByLargest: PoolingKind = { sizes: ["outputSize"], options: { returnIndices: false } };
const adaptingByMean: PoolingKind = { sizes: ["outputSize"], options: {} };

/**
 * {@link maxPool1d} as a module, as `torch.nn.MaxPool1d`.
 *
 * @category Layers
 */
export const MaxPool1d: PickingClass<Single, MaxPoolOptions<Single>> = /* @__PURE__ */ pooling(
  "MaxPool1d",
  maxPool1d,
  byLargest,
);

/**
 * {@link maxPool2d} as a module, as `torch.nn.MaxPool2d`.
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[1, 2, 5], [3, 6, 4]]]);
 * assertEquals(await new MaxPool2d(2, { stride: 1 }).forward(image).array(), [[[6, 6]]]);
 * assertEquals(await new AvgPool2d([2, 1]).forward(image).array(), [[[2, 4, 4.5]]]);
 * assertEquals(await new AdaptiveAvgPool2d(1).forward(image).array(), [[[3.5]]]);
 * const { indices } = new MaxPool2d(2, { returnIndices: true }).forward(image);
 * assertEquals(await indices.array(), [[[4]]]);
 * ```
 */
export const MaxPool2d: PickingClass<Pair, MaxPoolOptions<Pair>> = /* @__PURE__ */ pooling(
  "MaxPool2d",
  maxPool2d,
  byLargest,
);

/**
 * {@link maxPool3d} as a module, as `torch.nn.MaxPool3d`.
 *
 * @category Layers
 */
export const MaxPool3d: PickingClass<Triple, MaxPoolOptions<Triple>> = /* @__PURE__ */ pooling(
  "MaxPool3d",
  maxPool3d,
  byLargest,
);

/**
 * {@link avgPool1d} as a module, as `torch.nn.AvgPool1d`.
 *
 * @category Layers
 */
export const AvgPool1d: PoolingClass<[kernelSize: Single, options?: AvgPool1dOptions]> =
  /* @__PURE__ */ pooling("AvgPool1d", avgPool1d, byMean1d);

/**
 * {@link avgPool2d} as a module, as `torch.nn.AvgPool2d`.
 *
 * @category Layers
 */
export const AvgPool2d: PoolingClass<[kernelSize: Pair, options?: AvgPoolOptions<Pair>]> =
  /* @__PURE__ */ pooling("AvgPool2d", avgPool2d, byMean);

/**
 * {@link avgPool3d} as a module, as `torch.nn.AvgPool3d`.
 *
 * @category Layers
 */
export const AvgPool3d: PoolingClass<[kernelSize: Triple, options?: AvgPoolOptions<Triple>]> =
  /* @__PURE__ */ pooling("AvgPool3d", avgPool3d, byMean);

/**
 * {@link lpPool1d} as a module, as `torch.nn.LPPool1d`.
 *
 * @category Layers
 */
export const LPPool1d: PoolingClass<[normType: number, kernelSize: Single, options?: LpPoolOptions<Single>]> =
  /* @__PURE__ */ pooling("LPPool1d", lpPool1d, byNorm);

/**
 * {@link lpPool2d} as a module, as `torch.nn.LPPool2d`.
 *
 * @category Layers
 */
export const LPPool2d: PoolingClass<[normType: number, kernelSize: Pair, options?: LpPoolOptions<Pair>]> =
  /* @__PURE__ */ pooling("LPPool2d", lpPool2d, byNorm);

/**
 * {@link lpPool3d} as a module, as `torch.nn.LPPool3d`.
 *
 * @category Layers
 */
export const LPPool3d: PoolingClass<[normType: number, kernelSize: Triple, options?: LpPoolOptions<Triple>]> =
  /* @__PURE__ */ pooling("LPPool3d", lpPool3d, byNorm);

/**
 * {@link adaptiveMaxPool1d} as a module, as `torch.nn.AdaptiveMaxPool1d`.
 *
 * @category Layers
 */
export const AdaptiveMaxPool1d: PickingClass<OutputSize> = /* @__PURE__ */ pooling(
  "AdaptiveMaxPool1d",
  adaptiveMaxPool1d,
  adaptingByLargest,
);

/**
 * {@link adaptiveMaxPool2d} as a module, as `torch.nn.AdaptiveMaxPool2d`.
 *
 * @category Layers
 */
export const AdaptiveMaxPool2d: PickingClass<OutputSize> = /* @__PURE__ */ pooling(
  "AdaptiveMaxPool2d",
  adaptiveMaxPool2d,
  adaptingByLargest,
);

/**
 * {@link adaptiveMaxPool3d} as a module, as `torch.nn.AdaptiveMaxPool3d`.
 *
 * @category Layers
 */
export const AdaptiveMaxPool3d: PickingClass<OutputSize> = /* @__PURE__ */ pooling(
  "AdaptiveMaxPool3d",
  adaptiveMaxPool3d,
  adaptingByLargest,
);

/**
 * {@link adaptiveAvgPool1d} as a module, as `torch.nn.AdaptiveAvgPool1d`.
 *
 * @category Layers
 */
export const AdaptiveAvgPool1d: PoolingClass<[outputSize: OutputSize]> = /* @__PURE__ */ pooling(
  "AdaptiveAvgPool1d",
  adaptiveAvgPool1d,
  adaptingByMean,
);

/**
 * {@link adaptiveAvgPool2d} as a module, as `torch.nn.AdaptiveAvgPool2d`.
 *
 * @category Layers
 */
export const AdaptiveAvgPool2d: PoolingClass<[outputSize: OutputSize]> = /* @__PURE__ */ pooling(
  "AdaptiveAvgPool2d",
  adaptiveAvgPool2d,
  adaptingByMean,
);

/**
 * {@link adaptiveAvgPool3d} as a module, as `torch.nn.AdaptiveAvgPool3d`.
 *
 * @category Layers
 */
export const AdaptiveAvgPool3d: PoolingClass<[outputSize: OutputSize]> = /* @__PURE__ */ pooling(
  "AdaptiveAvgPool3d",
  adaptiveAvgPool3d,
  adaptingByMean,
);
