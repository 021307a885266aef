/** The primitive of eigenvalues of symmetric matrices. */
import { applyAll } from "../../../call/apply.ts";
import type { Parts, Primitive, Saved, Saves, TensorType } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { product, transpose } from "../../../primitives/functions.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { add, div, mul, sub } from "../../arithmetic.ts";
import { diagEmbed } from "../../diagonals.ts";
import { diagonal } from "../../matrices.ts";
import { gapsOf, offDiagonal, timesColumns, transposedProduct } from "./gaps.ts";
import { eigh as kernel, type EighAttributes } from "../kernels/spectral.ts";
import { isSmall } from "./small.ts";

// gA = V·(diag(gλ) + (VᵀgV - gVᵀV) / 2(λⱼ - λᵢ))·Vᵀ; where only eigenvalues have a gradient, nothing is divided.
function cotangents([dl, dv]: Parts, { outputs }: Saved<EighAttributes>): Parts {
  const [l, v] = outputs as readonly Tensor[];
  if (!dv) return [product(timesColumns(v, dl!), transpose(v))];
  const pairs = transposedProduct(v, dv), turned = div(mul(sub(pairs, transpose(pairs)), 0.5), gapsOf(l));
  const inner = dl ? add(turned, diagEmbed(dl)) : turned;
  return [product(v, product(inner, transpose(v)))];
}

function tangents([t]: Parts, { outputs }: Saved<EighAttributes>): Parts {
  if (!t) return [null, null];
  const [l, v] = outputs as readonly Tensor[], pairs = transposedProduct(v, product(t, v));
  const inner = mul(add(pairs, transpose(pairs)), 0.5);
  return [diagonal(inner), product(v, div(offDiagonal(inner, 0), gapsOf(l)))];
}

const bothOutputs: Saves = { inputs: [], outputs: [0, 1] };

export const symmetricEigen: Primitive<EighAttributes> = /* @__PURE__ */ hostPrimitive(
  {
    name: "eigh",
    infer: ([{ shape, dtype, backend }], { vectors }): readonly TensorType[] => [
      { shape: shape.slice(0, -1), dtype, backend },
      { shape: vectors ? shape : [0], dtype, backend },
    ],
    vjp: cotangents,
    saves: () => bothOutputs,
    jvp: tangents,
    batch: (inputs, axes, attributes) => ({
      outputs: applyAll(symmetricEigen, allFront(inputs, axes), attributes),
      axes: [0, 0],
    }),
  },
  kernel,
  { isSmall },
);
