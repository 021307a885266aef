/** The primitives of factors of symmetric matrices, through which no gradient flows but that of a right side. */
import { apply, applyAll } from "../../../call/apply.ts";
import type { Primitive, TensorType } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { CheckAttributes } from "../kernels/cholesky.ts";
import { ldl as kernel, ldlSolve as solveKernel } from "../kernels/ldl.ts";

/** Both factors of `[…, n, n]` in one lower triangle, the row exchanged with each, and which pivot is 0. */
export const ldlFactors: Primitive<CheckAttributes> = /* @__PURE__ */ hostPrimitive({
  name: "ldl",
  infer([{ shape, dtype, backend }]): readonly TensorType[] {
    return [
      { shape, dtype, backend },
      { shape: shape.slice(0, -1), dtype: "i32", backend },
      { shape: shape.slice(0, -2), dtype: "i32", backend },
    ];
  },
  batch: (inputs, axes, attributes) => ({
    outputs: applyAll(ldlFactors, allFront(inputs, axes), attributes),
    axes: [0, 0, 0],
  }),
}, kernel);

/** What is solved with factors, which are taken for constants, and their pivots. */
export const ldlSolved: Primitive<null> = /* @__PURE__ */ hostPrimitive(
  {
    name: "ldlSolve",
    infer: ([, , { shape, dtype, backend }]) => ({ shape, dtype, backend }),
    vjp: ([ct], { inputs: [factors, pivots] }) => [
      null,
      null,
      ct && apply(ldlSolved, [factors, pivots, ct] as Tensor[], null),
    ],
    saves: () => ({ inputs: [0, 1], outputs: [] }),
    jvp: ([, , t], { inputs: [factors, pivots] }) => [
      t && apply(ldlSolved, [factors, pivots, t] as Tensor[], null),
    ],
    batch: (inputs, axes) => ({ outputs: [apply(ldlSolved, allFront(inputs, axes), null)], axes: [0] }),
  },
  solveKernel,
  { arity: 3 },
);
