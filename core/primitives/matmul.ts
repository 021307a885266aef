/** Contraction: batched matrix products; transposed operands are views and are read in place. */
import { apply } from "../call/apply.ts";
import { runKernel } from "../call/launch.ts";
import { type Parts, type Primitive, primitive, type Saves } from "../call/op.ts";
import type { View } from "../device/backend.ts";
import { input } from "../expr/expr.ts";
import { mul } from "../expr/scalars/arithmetic.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ReduceAttributes } from "./attributes.ts";
import { allFront } from "./batching.ts";
import { add, product, transpose } from "./functions.ts";
import { viewThrough } from "./map.ts";
import { reduce } from "./reduce.ts";

/** `[…, m, k] × […, k, n] → […, m, n]` with equal leading extents; `matmul()` prepares them. */
export const matrixProduct: Primitive<null> = primitive({
  name: "matmul",
  infer: ([a, b]) => ({
    shape: [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]],
    dtype: a.dtype,
    backend: a.backend,
  }),
  compose(backend, [a, b], [output]): void {
    const [left, right] = [along(a, output, -1), along(b, output, -2)], axes = [output.shape.length];
    runKernel(reduce, backend, [left, right], [output], { ...summing, axes });
  },
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

const summing: Omit<ReduceAttributes, "axes"> = {
  name: "matmul",
  kind: "sum",
  expr: mul(input(0), input(1)),
};

// As [..., m, n, k]: for each element of the output what of a matrix goes into it, the inner axis of the matrix last.
function along(matrix: View, output: View, inner: -1 | -2): View {
  const { shape, strides, offset } = matrix, lead = strides.slice(0, -2);
  const own = inner === -1 ? [strides.at(-2)!, 0] : [0, strides.at(-1)!];
  return viewThrough(matrix, {
    shape: [...output.shape, shape.at(inner)!],
    strides: [...lead, ...own, strides.at(inner)!],
    offset,
  });
}
