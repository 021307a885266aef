/** Gradients of one's own, and values recomputed instead of saved. */
import { checkFunction } from "../base/settings.ts";
import { isRecording } from "../call/record.ts";
import { type GivenGradient, withGradient } from "../primitives/custom.ts";
import { Segment } from "../tape/segment.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { leavesOf } from "../tensor/tree.ts";
import { checkCurried } from "./calls.ts";
import { synchronous } from "./synchronous.ts";

/**
 * A value, and how its cotangent becomes cotangents of the arguments, `null` for zero.
 *
 * @category Transforms
 */
export interface CustomGradient {
  /** The result. */
  readonly value: Tensor;
  /** One cotangent an argument, from that of the value; written in tensor functions it can be differentiated again. */
  readonly gradient: GivenGradient;
}

/**
 * A function of tensors whose gradient is given instead of derived. What `fn` was given and computes
 * may be used by the gradient, which is then differentiable in turn.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { customGradient, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const roundThrough = customGradient((x) => ({ value: x.round(), gradient: (ct) => [ct] }));
 * const x = variable(1.7);
 * roundThrough(x).backward();
 * assertEquals(await x.grad!.item(), 1);
 * ```
 */
export function customGradient(fn: (...inputs: Tensor[]) => CustomGradient): (...inputs: Tensor[]) => Tensor {
  checkFunction("give a gradient to", fn);
  return (...inputs) => {
    const { value, gradient } = fn(...inputs) ?? {};
    return withGradient(value, inputs, gradient);
  };
}

/**
 * A function that saves nothing for backward but its arguments and runs again when backward comes:
 * memory for time. It must do the same each time. Random functions give the same numbers again, the keys of
 * layers included, tensors that it changes in place are as they were the first time, and afterwards all that
 * is as if it had run once; a counter of its own, or any other variable that it changes, belongs into a {@link
 * Changing}.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { checkpoint, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable(2);
 * checkpoint(() => x.mul(x).mul(x))().backward();
 * assertEquals(await x.grad!.item(), 12);
 * ```
 */
export function checkpoint<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  ...none: readonly never[]
): (...args: A) => T {
  checkCurried("checkpoint", none[0]);
  checkFunction("checkpoint", fn);
  return (...args) => {
    if (!isRecording()) return fn(...args);
    const segment = new Segment(() => fn(...args), leavesOf(args));
    return segment.run(() => synchronous("checkpoint", fn(...args)));
  };
}
