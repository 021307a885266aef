/** Gradients brought within bounds, before a step along them. */
import { BackendError, TapeError } from "../base/errors.ts";
import { checkSetting } from "../base/settings.ts";
import { described } from "../base/text.ts";
import { noGrad } from "../call/record.ts";
import { add, div, mul } from "../ops/arithmetic.ts";
import { clamp } from "../ops/choice.ts";
import { tensor } from "../ops/creation.ts";
import { stack } from "../ops/joining.ts";
import { norm } from "../ops/statistics.ts";
import { minimum } from "../ops/magnitude.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";

/**
 * How {@link limitGradientNorm} measures.
 *
 * @category Transforms
 */
export interface GradientNormOptions {
  /** The order of the norm; 2 unless said, `Infinity` for the largest element. */
  readonly order?: number;
  /** Throw where the norm is not finite, which is looked for at once. */
  readonly mustBeFinite?: boolean;
}

/**
 * Scales the gradients of tensors so that their norm, as of one vector, is at most `most`, and gives the norm that
 * they had. Tensors without one are passed over. `clipGradNorm` of `@tapegrad/optim` takes modules too.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { limitGradientNorm, limitGradients, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const a = variable([0]), b = variable(0);
 * a.mul(30).sum().add(b.mul(40)).backward();
 * assertEquals(await limitGradientNorm([a, b], 5).item(), 50);
 * assertAlmostEquals(await b.grad!.item(), 4, 1e-6);
 * limitGradients([a, b], 2);
 * assertEquals(await b.grad!.item(), 2);
 * ```
 */
export function limitGradientNorm(
  tensors: readonly Tensor[],
  most: number,
  { order = 2, mustBeFinite = false }: GradientNormOptions = {},
): Tensor {
  checkSetting("clip gradients", "norm of order", order, 0, Infinity);
  checkSetting("clip gradients", "largest norm", most, 0, Infinity);
  return noGrad(() => {
    const limited = withGradients(tensors);
    if (limited.length === 0) return tensor(0);
    const norms = limited.map(({ grad }) => norm(grad!, undefined, { order }));
    const total = norms.length === 1 ? norms[0] : norm(stack(norms), undefined, { order });
    if (mustBeFinite) checkFinite(total, order);
    scaleBy(limited, minimum(div(most, add(total, 1e-6)), 1));
    return total;
  });
}

/**
 * Brings each element of the gradients of tensors into the range from -most to most.
 *
 * @category Transforms
 */
export function limitGradients(tensors: readonly Tensor[], most: number): void {
  checkSetting("clip gradients", "largest value", most, 0, Infinity);
  noGrad(() => {
    for (const one of withGradients(tensors)) one.setGrad(clamp(one.grad!, -most, most));
  });
}

function scaleBy(tensors: readonly Tensor[], factor: Tensor): void {
  for (const one of tensors) one.setGrad(mul(one.grad!, factor));
}

function withGradients(tensors: readonly Tensor[]): Tensor[] {
  if (!Array.isArray(tensors)) {
    throw new TypeError(`Cannot clip the gradients of ${described(tensors)}: a list of tensors is needed`);
  }
  for (const tensor of tensors) checkTensor("clip the gradient of", tensor);
  return tensors.filter(({ grad }) => grad !== null);
}

function checkFinite(total: Tensor, order: number): void {
  if (!total.backend.synchronous) {
    throw new BackendError(
      `Cannot look whether a norm is finite on ${total.backend.name} at once: leave errorIfNonfinite out, ` +
        "and step if (await optimizer.hasFiniteGradients())",
    );
  }
  const value = total.itemSync();
  if (Number.isFinite(value)) return;
  throw new TapeError(
    `Cannot clip gradients whose norm of order ${order} is ${value}: leave errorIfNonfinite out to scale them even so`,
  );
}
