/** What all transforms are made of: pairs to pairs, real numbers to half of a spectrum, and half a spectrum to real ones. */
import { apply } from "../../call/apply.ts";
import { narrow, pad } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Along } from "./settings.ts";
import { halfFourier, realFourier, transform } from "./transform.ts";

/** So many along an axis: the first, or all and zeros. */
function resized(x: Tensor, axis: number, n: number): Tensor {
  const extent = x.shape[axis];
  if (n <= extent) return n === extent ? x : narrow(x, axis, 0, n);
  const none = x.shape.map(() => 0);
  return pad(x, { low: none, high: none.with(axis, n - extent), interior: none, value: 0 });
}

/** Pairs of pairs. */
export function complexAlong(z: Tensor, { axis, n, inverse, scale }: Along): Tensor {
  return transform(resized(z, axis, n), axis, inverse, scale);
}

/** The first half of the spectrum of real numbers, which the other half mirrors. */
export function halfOfReal(x: Tensor, along: Along): Tensor {
  return apply(realFourier, [resized(x, along.axis, along.n)], { ...along, inner: 1 });
}

/** The real numbers whose spectrum begins so: what is mirrored counts twice, and the imaginary parts go. */
export function realOfHalf(z: Tensor, along: Along): Tensor {
  return apply(halfFourier, [resized(z, along.axis, (along.n >> 1) + 1)], { ...along, inner: 2 });
}
