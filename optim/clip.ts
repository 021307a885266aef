/** Gradients within bounds. */
import { checkOptions, limitGradientNorm, limitGradients, Tensor } from "@tapegrad/core";
import type { ParameterSource } from "./parameters.ts";
import { tensorsIn } from "./parameter_groups.ts";

/**
 * How {@link clipGradNorm} measures.
 *
 * @category Training
 */
export interface ClipOptions {
  /** The order of the norm; 2 unless said, `Infinity` for the largest element. */
  readonly normType?: number;
  /** Throw where the norm is not finite, which is looked for at once. */
  readonly errorIfNonfinite?: boolean;
}

/**
 * Scales the gradients of tensors so that their norm, as of one vector, is at most `maxNorm`, and gives the norm that
 * they had: `torch.nn.utils.clip_grad_norm_`. Nothing is read from the device, unless it shall throw.
 *
 * @category Training
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { clipGradNorm } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const a = variable([0]), b = variable(0);
 * a.mul(30).sum().add(b.mul(40)).backward();
 * assertEquals(await clipGradNorm([a, b], 5).item(), 50);
 * assertAlmostEquals(await b.grad!.item(), 4, 1e-6);
 * ```
 */
export function clipGradNorm(
  parameters: ParameterSource | Tensor,
  maxNorm: number,
  options: ClipOptions = {},
): Tensor {
  checkOptions("clip gradients", options, { normType: 0, errorIfNonfinite: true });
  const { normType = 2, errorIfNonfinite = false } = options;
  return limitGradientNorm(tensorsOf(parameters), maxNorm, {
    order: normType,
    mustBeFinite: errorIfNonfinite,
  });
}

/**
 * Brings each element of the gradients of tensors into the range from -clipValue to clipValue:
 * `torch.nn.utils.clip_grad_value_`.
 *
 * @category Training
 */
export function clipGradValue(parameters: ParameterSource | Tensor, clipValue: number): void {
  limitGradients(tensorsOf(parameters), clipValue);
}

function tensorsOf(parameters: ParameterSource | Tensor): Tensor[] {
  return tensorsIn("clip gradients by", parameters instanceof Tensor ? [parameters] : parameters);
}
