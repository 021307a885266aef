/** Composites for networks. */
import { defineOp } from "../define/composite.ts";
import { checkFloating } from "../define/operands.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div, sub } from "./arithmetic.ts";
import { exp, log } from "./math.ts";
import { max, sum } from "./reductions.ts";
import { widened } from "./widen.ts";

/** A normalisation along an axis. */
export type SoftmaxOp = (x: Tensor, axis?: number) => Tensor;

// The largest element comes out first, off the tape: the result does not depend on it.
function centered(op: string, x: Tensor, axis: number): Tensor {
  checkFloating(op, x);
  const top = max(x.detach(), axis, { keepDims: true });
  return sub(x, top);
}

/**
 * eˣ/Σeˣ along an axis, the last unless said, of the shape of x, without overflow; NaN where all elements
 * are -Infinity. Integers are a {@link DtypeError}.
 *
 * @example
 * ```ts
 * import { softmax, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await softmax(tensor([1000, 1000])).array(), [0.5, 0.5]);
 * assertEquals(await softmax(tensor([0, -Infinity])).array(), [1, 0]);
 * const columns = softmax(tensor([[1, 2], [1, 2]]), 0);
 * assertEquals(await columns.array(), [[0.5, 0.5], [0.5, 0.5]]);
 * ```
 */
export const softmax: SoftmaxOp = defineOp("softmax", (x, axis = -1) => {
  if (x.size === 0) return x;
  return widened(x, (values) => {
    const weights = exp(centered("softmax", values, axis));
    return div(weights, sum(weights, axis, { keepDims: true }));
  });
});

/**
 * log softmax(x) along an axis, the last unless said, of the shape of x, without taking the logarithm of a
 * tiny number. Integers are a {@link DtypeError}.
 *
 * @example
 * ```ts
 * import { logSoftmax, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const logits = tensor([0, 1000]);
 * assertEquals(await logits.softmax().log().array(), [-Infinity, 0]);
 * assertEquals(await logSoftmax(logits).array(), [-1000, 0]);
 * ```
 */
export const logSoftmax: SoftmaxOp = defineOp("logSoftmax", (x, axis = -1) => {
  if (x.size === 0) return x;
  return widened(x, (values) => {
    const shifted = centered("logSoftmax", values, axis);
    return sub(shifted, log(sum(exp(shifted), axis, { keepDims: true })));
  });
});
