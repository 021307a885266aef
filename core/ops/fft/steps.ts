/** What all transforms are made of: pairs to pairs, real numbers to half of a spectrum, and half a spectrum to real ones. */
import { fromArray } from "../creation.ts";
import { mul, narrow, pad } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { fromReals, partOf } from "../complex/pairs.ts";
import type { Along } from "./settings.ts";
import { transform } from "./transform.ts";

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
export function halfOfReal(x: Tensor, { axis, n, inverse, scale }: Along): Tensor {
  const whole = transform(fromReals(resized(x, axis, n)), axis, inverse, scale);
  return narrow(whole, axis, 0, Math.floor(n / 2) + 1);
}

/** The real numbers whose spectrum begins so: what is mirrored counts twice, and the imaginary parts go. */
export function realOfHalf(z: Tensor, { axis, n, inverse, scale }: Along): Tensor {
  const half = resized(z, axis, Math.floor(n / 2) + 1), count = half.shape[axis];
  const times = Float64Array.from({ length: count }, (_, k) => k === 0 || 2 * k === n ? 1 : 2);
  const shape = half.shape.map((_, i) => i === axis ? count : 1), { dtype, backend } = half;
  const counted = mul(half, fromArray(times, shape, { dtype, backend }));
  return partOf(transform(resized(counted, axis, n), axis, inverse, scale), 0);
}
