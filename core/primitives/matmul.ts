/** Contraction: batched matrix products; transposed operands are views and are read in place. */
import { apply } from "../call/apply.ts";
import type { Primitive } from "../call/op.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** `[…, m, k] × […, k, n] → […, m, n]` with equal leading extents; `matmul()` prepares them. */
export const matrixProduct: Primitive<null> = {
  name: "matmul",
  infer: ([a, b]) => ({ shape: [...a.shape.slice(0, -1), b.shape[b.rank - 1]], dtype: a.dtype }),
  run: (backend, [a, b], output) => backend.matmul(a, b, output),
  vjp: (ct, { inputs: [a, b] }, i) => i === 0 ? product(ct, b.transpose()) : product(a.transpose(), ct),
  needs: (_, i) => i === 0 ? 0b10 : 0b01,
  jvp([ta, tb], { inputs: [a, b] }): Tensor | null | undefined {
    const left = ta && product(ta, b), right = tb && product(a, tb);
    return left && right ? left.add(right) : left ?? right;
  },
};

function product(a: Tensor, b: Tensor): Tensor {
  return apply(matrixProduct, [a, b], null);
}
