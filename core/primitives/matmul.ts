/** Contraction: batched matrix products; transposed operands are views and are read in place. */
import { apply } from "../call/apply.ts";
import { type Parts, type Primitive, primitive, type Saves } from "../call/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allFront } from "./batching.ts";
import { add, product, transpose } from "./functions.ts";

/** `[…, m, k] × […, k, n] → […, m, n]` with equal leading extents; `matmul()` prepares them. */
export const matrixProduct: Primitive<null> = primitive({
  name: "matmul",
  infer: ([a, b]) => ({
    shape: [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]],
    dtype: a.dtype,
    backend: a.backend,
  }),
  vjp([ct], { inputs: [a, b] }, [left, right]): Parts {
    if (!ct) return [null, null];
    return [
      left ? product(ct, transpose(b as Tensor)) : null,
      right ? product(transpose(a as Tensor), ct) : null,
    ];
  },
  saves: (_, [left, right]): Saves => ({ inputs: [...right ? [0] : [], ...left ? [1] : []], outputs: [] }),
  jvp([ta, tb], { inputs }): Parts {
    const [a, b] = inputs as readonly Tensor[];
    const left = ta && product(ta, b), right = tb && product(a, tb);
    return [left && right ? add(left, right) : left ?? right];
  },
  batch: (inputs, axes) => ({
    outputs: [apply(matrixProduct, allFront(inputs, axes), null)],
    axes: [0],
  }),
});
