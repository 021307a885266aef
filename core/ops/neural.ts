/** Composites for networks. */
import { checkFloating, defineOp } from "../registry.ts";
import type { Tensor } from "../tensor.ts";
import { div, sub } from "./arithmetic.ts";
import { exp, log } from "./math.ts";
import { max, sum } from "./reductions.ts";

/** A normalisation along an axis. */
export type SoftmaxOp = (x: Tensor, axis?: number) => Tensor;

// The largest element comes out first, off the tape: the result does not depend on it.
function centered(op: string, x: Tensor, axis: number): Tensor {
  checkFloating(op, x);
  const top = max(x.detach(), axis, { keepDims: true });
  return sub(x, top);
}

/** eˣ/Σeˣ along an axis, the last unless said; NaN where all elements are -Infinity. */
export const softmax: SoftmaxOp = defineOp("softmax", (x, axis = -1) => {
  if (x.size === 0) return x;
  const weights = exp(centered("softmax", x, axis));
  return div(weights, sum(weights, axis, { keepDims: true }));
});

/** log softmax(x) along an axis, the last unless said, without taking the logarithm of a tiny number. */
export const logSoftmax: SoftmaxOp = defineOp("logSoftmax", (x, axis = -1) => {
  if (x.size === 0) return x;
  const shifted = centered("logSoftmax", x, axis);
  return sub(shifted, log(sum(exp(shifted), axis, { keepDims: true })));
});
