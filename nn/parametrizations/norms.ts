/** Weights of a length of their own, and weights of norm 1, as parametrizations. */
import {
  checkOptions,
  checkSetting,
  div,
  type Key,
  mul,
  noGrad,
  normalize,
  scope,
  splitKey,
  type Tensor,
} from "@tapegrad/core";
import { TransposedConvolution } from "../layers/transposed_convolution.ts";
import { type AnyModule, Module } from "../module.ts";
import { registerParametrization } from "../parametrize.ts";
import { parametrizedTensor } from "./tensor.ts";
import {
  divided,
  iterate,
  lengthOf,
  matrixOf,
  placeOf,
  type SpectralNormOptions,
  unit,
  type WeightNormOptions,
} from "../weight_norm.ts";

class WeightNorm extends Module<readonly [length: Tensor, direction: Tensor]> {
  readonly #axis: number | null;

  constructor(axis: number | null) {
    super();
    this.#axis = axis;
  }

  override forward(length: Tensor, direction: Tensor): Tensor {
    return mul(direction, div(length, lengthOf(direction, this.#axis)));
  }

  rightInverse(weight: Tensor): readonly Tensor[] {
    return [lengthOf(weight, this.#axis), weight];
  }
}

/**
 * Has a parameter of a module computed of its length and its direction, `original0` and `original1`, as
 * `torch.nn.utils.parametrizations.weight_norm`: g·v/‖v‖. It gives the module back. Salimans and Kingma (2016).
 *
 * @category Modules
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Linear, parametrizations } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = parametrizations.weightNorm(new Linear(2, 1, { bias: false })), parts = "parametrizations.weight";
 * layer.loadStateDict({ [`${parts}.original0`]: tensor([[10]]), [`${parts}.original1`]: tensor([[3, 4]]) });
 * assertEquals(await layer.weight.array(), [[6, 8]]);
 * ```
 */
export function weightNorm<M extends AnyModule>(module: M, options: WeightNormOptions = {}): M {
  const asked = "weightNorm";
  checkOptions(asked, options, { name: "", axis: null });
  const { name = "weight", axis = 0 } = options, weight = parametrizedTensor(asked, module, name);
  const place = axis === null ? null : placeOf(asked, axis, weight);
  return registerParametrization(module, name, new WeightNorm(place), { unsafe: true });
}

/** How often the vectors are made better before the first use. */
const AT_FIRST = 15;

class SpectralNorm extends Module {
  readonly _u: Tensor | null = null;
  readonly _v: Tensor | null = null;
  readonly #axis: number;
  readonly #iterations: number;
  readonly #eps: number;

  constructor(
    weight: Tensor,
    axis: number,
    { nPowerIterations, eps, key }: Required<Omit<SpectralNormOptions, "name" | "axis" | "key">> & {
      readonly key?: Key | undefined;
    },
  ) {
    super();
    [this.#axis, this.#iterations, this.#eps] = [axis, nPowerIterations, eps];
    if (weight.rank < 2) return;
    const matrix = matrixOf(weight, axis), [rows, columns] = matrix.shape, keys = key ? splitKey(key) : [];
    this._u = unit(rows, weight, eps, keys[0]);
    this._v = unit(columns, weight, eps, keys[1]);
    this.#improve(weight, AT_FIRST);
  }

  // The left vector first, and then the right one, where the older `spectralNorm` has them the other way around.
  #improve(weight: Tensor, times: number): void {
    noGrad(() =>
      scope(() => {
        const across = matrixOf(weight.detach(), this.#axis).transpose();
        for (let i = 0; i < times; i++) iterate(across, this._v!, this._u!, this.#eps);
      })
    );
  }

  override forward(weight: Tensor): Tensor {
    if (!this._u || !this._v) return normalize(weight, { axis: 0, eps: this.#eps });
    if (this.training) this.#improve(weight, this.#iterations);
    return divided(weight, this._u, this._v, this.#axis);
  }

  rightInverse(value: Tensor): Tensor {
    return value;
  }
}

/**
 * Has a parameter of a module divided by its largest singular value, as `torch.nn.utils.parametrizations.spectral_norm`: by
 * the vectors `_u` and `_v` beside it, buffers that each use in training makes better. A vector is divided by its length. It gives
 * the module back. Miyato et al. (2018).
 *
 * @category Modules
 */
export function spectralNorm<M extends AnyModule>(module: M, options: SpectralNormOptions = {}): M {
  const asked = "spectralNorm";
  checkOptions(asked, options, { name: "", nPowerIterations: 1, eps: 0, axis: 0, key: null });
  const { name = "weight", nPowerIterations = 1, eps = 1e-12, key } = options;
  checkSetting(asked, "nPowerIterations", nPowerIterations, 1);
  checkSetting(asked, "eps", eps, 0);
  const weight = parametrizedTensor(asked, module, name);
  const axis = placeOf(asked, options.axis ?? (module instanceof TransposedConvolution ? 1 : 0), weight);
  return registerParametrization(
    module,
    name,
    new SpectralNorm(noGrad(() => weight.detach()), axis, { nPowerIterations, eps, key }),
    { unsafe: true },
  );
}
