/** Composites of f16 tensors, whose steps would overflow or lose what the result can hold. */
import type { Tensor } from "../tensor/tensor.ts";
import { to } from "./convert.ts";

/** What is computed with: f16 in f32, other dtypes as they are. */
export function wide(x: Tensor): Tensor {
  return x.dtype === "f16" ? to(x, "f32") : x;
}

/** Computes from f16 in f32 and rounds the result once; from other dtypes as they are. */
export function widened(x: Tensor, compute: (x: Tensor) => Tensor): Tensor {
  return x.dtype === "f16" ? to(compute(to(x, "f32")), "f16") : compute(x);
}
