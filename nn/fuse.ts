/** Batch normalisation that is done by the layer before it, for inference. */
import {
  checkOptions,
  checkTensor,
  described,
  div,
  mul,
  noGrad,
  scope,
  ShapeError,
  showShape,
  sqrt,
  sub,
  type Tensor,
} from "@tapegrad/core";
import { BatchNormNd } from "./layers/batch_norm.ts";
import { Convolution } from "./layers/convolution.ts";
import { Linear } from "./layers/linear.ts";
import { TransposedConvolution } from "./layers/transposed_convolution.ts";
import type { AnyModule } from "./module.ts";
import { parameter } from "./reparametrized.ts";
import { skipInit } from "./skip_init.ts";

/**
 * What {@link fuseConvBnWeights} may be told.
 *
 * @category Modules
 */
export interface FuseConvOptions {
  /** Whether the weight is that of a transposed convolution, `[in, out / groups, …]`; that of the layer says so itself. */
  readonly transpose?: boolean;
}

/**
 * The statistics and parameters of a batch normalisation, in PyTorch's order.
 *
 * @category Modules
 */
export type BatchNormParts = readonly [
  runningMean: Tensor,
  runningVar: Tensor,
  eps: number,
  weight: Tensor | null,
  bias: Tensor | null,
];

function fused(
  asked: string,
  [weight, bias]: readonly [Tensor, Tensor | null],
  [mean, variance, eps, scale, shift]: BatchNormParts,
  along: (factor: Tensor) => Tensor,
): [weight: Tensor, bias: Tensor] {
  checkTensor(asked, variance);
  return noGrad(() =>
    scope(() => {
      const factor = mul(div(1, sqrt(variance.add(eps))), scale ?? 1);
      const moved = mul(sub(bias ?? 0, mean), factor).add(shift ?? 0);
      return [parameter(mul(weight, along(factor)).to(weight.dtype)), parameter(moved.to(weight.dtype))];
    })
  );
}

function misfit(asked: string, weight: Tensor, mean: Tensor): ShapeError {
  return new ShapeError(
    `Cannot ${asked} a weight of ${showShape(weight.shape)} with statistics of ${
      showShape(mean.shape)
    }: one for each output is needed`,
    { op: asked, shapes: [weight.shape, mean.shape] },
  );
}

/**
 * Weight and bias of a convolution that does what batch normalisation by running statistics does after it:
 * `torch.nn.utils.fuse_conv_bn_weights`. Where there is no bias, weight or shift, `null` is given.
 *
 * @category Modules
 */
export function fuseConvBnWeights(
  convW: Tensor,
  convB: Tensor | null,
  bnRm: Tensor,
  bnRv: Tensor,
  bnEps: number,
  bnW: Tensor | null,
  bnB: Tensor | null,
  options: FuseConvOptions = {},
): [weight: Tensor, bias: Tensor] {
  const asked = "fuseConvBnWeights";
  checkOptions(asked, options, { transpose: true });
  checkTensor(asked, convW);
  checkTensor(asked, bnRm);
  const [first, second, ...window] = convW.shape, isTransposed = options.transpose ?? false;
  const groups = isTransposed ? bnRm.size / second : 1;
  if (isTransposed ? first % groups !== 0 : first !== bnRm.size) throw misfit(asked, convW, bnRm);
  const along = (factor: Tensor) => {
    if (!isTransposed) return factor.reshape([-1, 1, ...window.map(() => 1)]);
    const rows = factor.reshape([groups, 1, second, ...window.map(() => 1)]);
    return rows.expand([groups, first / groups, second, ...window.map(() => 1)])
      .reshape([first, second, ...window.map(() => 1)]);
  };
  return fused(asked, [convW, convB], [bnRm, bnRv, bnEps, bnW, bnB], along);
}

/**
 * {@link fuseConvBnWeights} of a linear layer: `torch.nn.utils.fuse_linear_bn_weights`.
 *
 * @category Modules
 */
export function fuseLinearBnWeights(
  linearW: Tensor,
  linearB: Tensor | null,
  bnRm: Tensor,
  bnRv: Tensor,
  bnEps: number,
  bnW: Tensor | null,
  bnB: Tensor | null,
): [weight: Tensor, bias: Tensor] {
  const asked = "fuseLinearBnWeights";
  checkTensor(asked, linearW);
  checkTensor(asked, bnRm);
  if (linearW.shape[0] !== bnRm.size) throw misfit(asked, linearW, bnRm);
  return fused(asked, [linearW, linearB], [bnRm, bnRv, bnEps, bnW, bnB], (factor) => factor.unsqueeze(-1));
}

function partsOf(asked: string, layer: AnyModule, norm: BatchNormNd): BatchNormParts {
  if (!(norm instanceof BatchNormNd)) {
    throw new TypeError(`Cannot ${asked} with ${described(norm)}: a batch normalisation is needed`);
  }
  for (const module of [layer, norm]) {
    if (module.training) {
      throw new TypeError(
        `Cannot ${asked} while ${module.constructor.name} trains: put it out of training by eval()`,
      );
    }
  }
  const { running_mean, running_var, eps, weight, bias } = norm;
  if (running_mean && running_var) return [running_mean, running_var, eps, weight, bias];
  throw new TypeError(`Cannot ${asked} with ${norm.constructor.name}: it has no running statistics`);
}

function withThese<M extends AnyModule>(layer: M, weight: Tensor, bias: Tensor): M {
  for (const parameter of layer.parameters()) parameter.dispose();
  return Object.assign(layer.eval(), { weight, bias });
}

// One like it, whose parameters are set.
function again<C extends Convolution<readonly never[]>>(conv: C): C {
  type Layer = new (
    inChannels: number,
    outChannels: number,
    kernelSize: readonly number[],
    options: object,
  ) => C;
  const options = { ...conv["told"], bias: true, dtype: conv.weight.dtype };
  return skipInit(conv.constructor as Layer, conv.inChannels, conv.outChannels, conv.kernelSize, options);
}

/**
 * A convolution that gives what a batch normalisation after it gives, both out of training: `torch.nn.utils.fuse_conv_bn_eval`.
 * Both stay as they are.
 *
 * @category Modules
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { BatchNorm1d, Conv1d, fuseConvBnEval } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const conv = new Conv1d(1, 1, 1, { bias: false }).eval(), norm = new BatchNorm1d(1, { eps: 0 }).eval();
 * conv.loadStateDict({ weight: tensor([[[6]]]) });
 * norm.loadStateDict({ running_mean: tensor([3]), running_var: tensor([4]) }, { strict: false });
 * const fused = fuseConvBnEval(conv, norm);
 * assertEquals(await fused.forward(tensor([[[1, 2]]])).array(), [[[1.5, 4.5]]]);
 * ```
 */
export function fuseConvBnEval<C extends Convolution<readonly never[]>>(
  conv: C,
  bn: BatchNormNd,
  options: FuseConvOptions = {},
): C {
  const asked = "fuseConvBnEval";
  checkOptions(asked, options, { transpose: true });
  if (!(conv instanceof Convolution)) {
    throw new TypeError(`Cannot ${asked} ${described(conv)}: a convolution is needed`);
  }
  const parts = partsOf(asked, conv, bn),
    transpose = options.transpose ?? conv instanceof TransposedConvolution;
  const [weight, bias] = fuseConvBnWeights(conv.weight, conv.bias, ...parts, { transpose });
  return withThese(again(conv), weight, bias);
}

/**
 * {@link fuseConvBnEval} of a linear layer: `torch.nn.utils.fuse_linear_bn_eval`.
 *
 * @category Modules
 */
export function fuseLinearBnEval(linear: Linear, bn: BatchNormNd): Linear {
  const asked = "fuseLinearBnEval";
  if (!(linear instanceof Linear)) {
    throw new TypeError(`Cannot ${asked} ${described(linear)}: a Linear is needed`);
  }
  const parts = partsOf(asked, linear, bn), { inFeatures, outFeatures, weight: { dtype } } = linear;
  const [weight, bias] = fuseLinearBnWeights(linear.weight, linear.bias, ...parts);
  return withThese(skipInit(Linear, inFeatures, outFeatures, { dtype }), weight, bias);
}
