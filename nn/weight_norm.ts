/** Weights of a length of their own, and weights of norm 1, as `torch.nn.utils` has them. */
import {
  add,
  checkOptions,
  checkSetting,
  div,
  IndexError,
  keep,
  type Key,
  matmul,
  moveAxis,
  mul,
  noGrad,
  norm,
  normal,
  normalize,
  scope,
  splitKey,
  type Tensor,
} from "@tapegrad/core";
import { TransposedConvolution } from "./layers/transposed_convolution.ts";
import type { AnyModule } from "./module.ts";
import { parameter, parameterOf, reparametrize, restore } from "./reparametrized.ts";

/**
 * What {@link weightNorm} may be told.
 *
 * @category Modules
 */
export interface WeightNormOptions {
  /** The parameter: `weight` unless said. */
  readonly name?: string;
  /** The axis along which each part has a length of its own, the first unless said; `null` for one length of all. */
  readonly axis?: number | null;
}

/** An axis counted from the first. */
export function placeOf(asked: string, axis: number, { rank }: Tensor): number {
  const place = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(place) && place >= 0 && place < rank) return place;
  throw new IndexError(
    `Cannot ${asked} along axis ${axis}: a parameter of ${rank} axes has none of that number`,
  );
}

/** The lengths of the parts along an axis, or of all as one. */
export function lengthOf(x: Tensor, axis: number | null): Tensor {
  return axis === null
    ? norm(x)
    : norm(x, x.shape.map((_, i) => i).filter((i) => i !== axis), { keepDims: true });
}

/**
 * Has a parameter of a module computed of its length and its direction, `weight_g` and `weight_v`, which are parameters
 * instead: g·v/‖v‖, as `torch.nn.utils.weight_norm`. It gives the module back. Salimans and Kingma (2016).
 *
 * @category Modules
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Linear, removeWeightNorm, weightNorm } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = weightNorm(new Linear(2, 1, { bias: false }));
 * layer.loadStateDict({ weight_g: tensor([[10]]), weight_v: tensor([[3, 4]]) });
 * assertEquals(await layer.weight.array(), [[6, 8]]);
 * assertEquals(Object.keys(removeWeightNorm(layer).stateDict()), ["weight"]);
 * ```
 */
export function weightNorm<M extends AnyModule>(module: M, options: WeightNormOptions = {}): M {
  checkOptions("weightNorm", options, { name: "", axis: null });
  const { name = "weight", axis = 0 } = options, weight = parameterOf("weightNorm", module, name);
  const place = axis === null ? null : placeOf("weightNorm", axis, weight);
  const length = noGrad(() => parameter(lengthOf(weight, place)));
  reparametrize(module, name, {
    asked: "weightNorm",
    parts: { _g: length, _v: weight },
    compute: ({ _g, _v }) => mul(_v, div(_g, lengthOf(_v, place))),
  });
  return module;
}

/**
 * Makes what {@link weightNorm} computes a parameter again, as `torch.nn.utils.remove_weight_norm`.
 *
 * @category Modules
 */
export function removeWeightNorm<M extends AnyModule>(module: M, name = "weight"): M {
  restore("weightNorm", module, name);
  return module;
}

/**
 * What {@link spectralNorm} may be told.
 *
 * @category Modules
 */
export interface SpectralNormOptions {
  /** The parameter: `weight` unless said. */
  readonly name?: string;
  /** How often the norm is made better before each `forward` in training: once unless said. */
  readonly nPowerIterations?: number;
  /** What the lengths that are divided by count as at least: 1e-12 unless said. */
  readonly eps?: number;
  /** The axis of the outputs: the first unless said, and the second of transposed convolutions. */
  readonly axis?: number;
  /** What the first vectors are drawn from; the global sequence unless said. */
  readonly key?: Key;
}

/** A weight as a matrix, whose rows are the outputs. */
export function matrixOf(weight: Tensor, axis: number): Tensor {
  const first = axis === 0 ? weight : moveAxis(weight, axis, 0);
  return first.reshape([first.shape[0], first.shape.slice(1).reduce((n, extent) => n * extent, 1)]);
}

function times(matrix: Tensor, vector: Tensor): Tensor {
  return matmul(matrix, vector.reshape([vector.size, 1])).reshape([matrix.shape[0]]);
}

/**
 * A weight divided by what vectors say that its largest singular value is. Those of a later forward are not those of this
 * one, which its gradient reads: copies are taken.
 */
export function divided(weight: Tensor, u: Tensor, v: Tensor, axis: number): Tensor {
  const [left, right] = [u, v].map((vector) => add(vector.detach(), 0));
  return div(weight, mul(left, times(matrixOf(weight, axis), right)).sum());
}

/** The vectors of the largest singular value, from those of a matrix that it was. */
export function iterate(matrix: Tensor, u: Tensor, v: Tensor, eps: number): void {
  v.assign(normalize(times(matrix.transpose(), u), { axis: 0, eps }));
  u.assign(normalize(times(matrix, v), { axis: 0, eps }));
}

/** A random vector of length 1. */
export function unit(size: number, { dtype, backend }: Tensor, eps: number, key: Key | undefined): Tensor {
  return keep(normalize(normal([size], { dtype, backend, ...key && { key } }), { axis: 0, eps }));
}

/**
 * Has a parameter of a module divided by its largest singular value, as `torch.nn.utils.spectral_norm`: it is computed of
 * `weight_orig`, which is the parameter instead, and of the vectors `weight_u` and `weight_v`, buffers that each `forward`
 * in training makes better. It gives the module back. Miyato et al. (2018).
 *
 * @category Modules
 * @example
 * ```ts
 * import { key, norm, tensor, zeros } from "@tapegrad/core";
 * import { Linear, spectralNorm } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const layer = spectralNorm(new Linear(2, 2), { nPowerIterations: 20, key: key(1) });
 * layer.loadStateDict({ weight_orig: tensor([[3, 0], [0, 4]]) }, { strict: false });
 * layer.forward(zeros([1, 2]));
 * assertAlmostEquals(await norm(layer.weight).item(), 1.25, 1e-5); // of [[0.75, 0], [0, 1]]
 * ```
 */
export function spectralNorm<M extends AnyModule>(module: M, options: SpectralNormOptions = {}): M {
  const asked = "spectralNorm";
  checkOptions(asked, options, { name: "", nPowerIterations: 1, eps: 0, axis: 0, key: null });
  const { name = "weight", nPowerIterations = 1, eps = 1e-12 } = options;
  checkSetting(asked, "nPowerIterations", nPowerIterations, 1);
  checkSetting(asked, "eps", eps, 0);
  const weight = parameterOf(asked, module, name);
  const axis = placeOf(asked, options.axis ?? (module instanceof TransposedConvolution ? 1 : 0), weight);
  const [rows, columns] = matrixOf(weight.detach(), axis).shape,
    keys = options.key ? splitKey(options.key) : [];
  const parts = {
    _orig: weight,
    _u: unit(rows, weight, eps, keys[0]),
    _v: unit(columns, weight, eps, keys[1]),
  };
  const owner = module as unknown as Record<string, Tensor>;
  const improve = () => {
    if (!module.training) return;
    const matrix = matrixOf(owner[`${name}_orig`].detach(), axis);
    for (let i = 0; i < nPowerIterations; i++) iterate(matrix, owner[`${name}_u`], owner[`${name}_v`], eps);
  };
  const hook = module.registerForwardPreHook(() => noGrad(() => scope(improve)));
  reparametrize(module, name, {
    asked,
    parts,
    compute: ({ _orig, _u, _v }) => divided(_orig, _u, _v, axis),
    end: () => hook.remove(),
  });
  return module;
}

/**
 * Makes what {@link spectralNorm} computes a parameter again, as `torch.nn.utils.remove_spectral_norm`.
 *
 * @category Modules
 */
export function removeSpectralNorm<M extends AnyModule>(module: M, name = "weight"): M {
  restore("spectralNorm", module, name);
  return module;
}
