/** The primitive of factors of positive definite matrices. */
import { applyAll } from "../../../call/apply.ts";
import type { Parts, Primitive, Saved, Saves, TensorType } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { product, transpose } from "../../../primitives/functions.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { add, mul } from "../../arithmetic.ts";
import { tril } from "../../matrices.ts";
import { type CheckAttributes, cholesky as kernel } from "../kernels/cholesky.ts";
import { isSmall } from "./small.ts";
import { triangularSolved } from "./triangular.ts";

/** The lower triangle, its diagonal halved. */
function half(x: Tensor): Tensor {
  return mul(add(tril(x), tril(x, -1)), 0.5);
}

/** The mean of a matrix and its transpose. */
function symmetric(x: Tensor): Tensor {
  return mul(add(x, transpose(x)), 0.5);
}

const left = { upper: false, unit: false, left: true };
const right = { upper: true, unit: false, left: false };

// dL = L·half(L⁻¹ dA L⁻ᵀ), of dA that is symmetric.
function cotangents([ct]: Parts, { outputs: [factor] }: Saved<CheckAttributes>): Parts {
  if (!ct) return [null];
  const l = factor as Tensor, pairs = half(product(transpose(l), ct));
  const solved = triangularSolved(transpose(l), pairs, { ...left, upper: true });
  return [symmetric(triangularSolved(l, solved, { ...right, upper: false }))];
}

function tangents([t]: Parts, { outputs: [factor] }: Saved<CheckAttributes>): Parts {
  if (!t) return [null, null];
  const l = factor as Tensor, solved = triangularSolved(l, symmetric(t), left);
  return [product(l, half(triangularSolved(transpose(l), solved, right))), null];
}

const factorAlone: Saves = { inputs: [], outputs: [0] };

/** The lower factor of `[…, n, n]`, of which the lower triangle is read, and `info` as LAPACK gives it. */
export const choleskyFactor: Primitive<CheckAttributes> = /* @__PURE__ */ hostPrimitive(
  {
    name: "cholesky",
    infer: ([{ shape, dtype, backend }]): readonly TensorType[] => [
      { shape, dtype, backend },
      { shape: shape.slice(0, -2), dtype: "i32", backend },
    ],
    vjp: cotangents,
    saves: () => factorAlone,
    jvp: tangents,
    batch: (inputs, axes, attributes) => ({
      outputs: applyAll(choleskyFactor, allFront(inputs, axes), attributes),
      axes: [0, 0],
    }),
  },
  kernel,
  { isSmall },
);
