/** Normalisation over the last axes. */
import { checkOptions } from "../../base/settings.ts";
import type { Shape } from "../../base/shape.ts";
import { apply } from "../../call/apply.ts";
import type { Composite } from "../../call/op.ts";
import type { Scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import {
  centredFormulas,
  checkLast,
  defineNorm,
  inputsOf,
  lastAxes,
  type NormAttributes,
  plainFormulas,
  type Scaling,
} from "./normalizing.ts";

/**
 * What {@link rmsNorm} may be told.
 *
 * @category Network functions
 */
export interface RmsNormOptions {
  /** What each element is multiplied by: of the shape that is normalised over, and of x's dtype. */
  readonly weight?: Tensor | undefined;
  /** What is added to the mean square before its root is taken: the distance of 1 and the next float unless said. */
  readonly eps?: number | Scalar | undefined;
}

/**
 * What {@link layerNorm} may be told.
 *
 * @category Network functions
 */
export interface LayerNormOptions {
  /** What each element is multiplied by: of the shape that is normalised over, and of x's dtype. */
  readonly weight?: Tensor | undefined;
  /** What is added to each element then, likewise. */
  readonly bias?: Tensor | undefined;
  /** What is added to the variance before its root is taken: 1e-5 unless said. */
  readonly eps?: number | Scalar | undefined;
}

const centred = defineNorm("layerNorm", centredFormulas);
const plain = defineNorm("rmsNorm", plainFormulas);

function run(norm: Composite<NormAttributes>, x: Tensor, over: Shape, scaling: Scaling): Tensor {
  return apply(norm, inputsOf(x, over, scaling), { axes: lastAxes(x, over) });
}

/**
 * (x - mean)/√(variance + eps) over the last axes, whose extents are `normalizedShape`, times a weight and plus a bias
 * of that shape, as `torch.nn.functional.layer_norm`; the variance is Σ(x - mean)²/n. Integers, and a weight or bias of
 * another dtype, are a {@link DtypeError}, other shapes a {@link ShapeError}. Ba, Kiros and Hinton (2016).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { layerNorm, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 3], [-20, 0]]), weight = tensor([1, 10]);
 * assertEquals(await layerNorm(x, [2], { eps: 0 }).array(), [[-1, 1], [-1, 1]]);
 * assertEquals(await layerNorm(x, [2], { weight, bias: tensor([0, 5]), eps: 0 }).array(), [[-1, 15], [-1, 15]]);
 * ```
 */
export function layerNorm(x: Tensor, normalizedShape: Shape, options: LayerNormOptions = {}): Tensor {
  checkOptions("layerNorm", options, { weight: null, bias: null, eps: null });
  checkLast("layerNorm", x, normalizedShape, options);
  const { weight, bias, eps = 1e-5 } = options;
  return run(centred, x, normalizedShape, { weight, bias, eps });
}

const epsilons: Readonly<Record<string, number>> = { f16: 2 ** -10, f32: 2 ** -23, f64: 2 ** -52 };

/**
 * x/√(mean x² + eps) over the last axes, whose extents are `normalizedShape`, times a weight of that shape, as
 * `torch.nn.functional.rms_norm`. Integers, and a weight of another dtype, are a {@link DtypeError}, other shapes a
 * {@link ShapeError}. Zhang and Sennrich (2019).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { rmsNorm, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await rmsNorm(tensor([[1, -7], [5, 5]]), [2], { eps: 0 }).array(), [[0.2, -1.4], [1, 1]].map(
 *   (row) => row.map(Math.fround),
 * ));
 * ```
 */
export function rmsNorm(x: Tensor, normalizedShape: Shape, options: RmsNormOptions = {}): Tensor {
  checkOptions("rmsNorm", options, { weight: null, eps: null });
  checkLast("rmsNorm", x, normalizedShape, options);
  const { weight, eps = epsilons[x.dtype] } = options;
  return run(plain, x, normalizedShape, { weight, eps });
}
