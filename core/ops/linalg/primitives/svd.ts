/** The primitive of singular values and vectors. */
import { applyAll } from "../../../call/apply.ts";
import type { Parts, Primitive, Saved, Saves, TensorType } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { product, transpose } from "../../../primitives/functions.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { add, div, square, sub } from "../../arithmetic.ts";
import { diagEmbed } from "../../diagonals.ts";
import { diagonal } from "../../matrices.ts";
import { unsqueeze } from "../../shape.ts";
import {
  gapsOf,
  offDiagonal,
  outside,
  timesColumns,
  timesRows,
  together,
  transposedProduct,
} from "./gaps.ts";
import { svd as kernel, type VectorsAttributes } from "../kernels/spectral.ts";
import { isNarrow } from "./small.ts";

function skew(x: Tensor): Tensor {
  return sub(x, transpose(x));
}

// gA = U·([skew(UᵀgU)·S + S·skew(VᵀgV)] / (sⱼ² - sᵢ²) + diag(gS))·Vᵀ, and of tall or wide matrices what lies outside
// of what U or V spans; where only singular values have a gradient, nothing is divided.
function cotangents([du, ds, dvh]: Parts, { outputs, inputs: [{ shape }] }: Saved<VectorsAttributes>): Parts {
  const [u, s, vh] = outputs as readonly Tensor[], [m, n] = shape.slice(-2), k = Math.min(m, n);
  if (!du && !dvh) return [product(timesColumns(u, ds!), vh)];
  const left = du && timesColumns(skew(transposedProduct(u, du)), s);
  const right = dvh && timesRows(s, skew(product(vh, transpose(dvh))));
  const turned = div(together(add, left, right)!, gapsOf(square(s)));
  const inner = ds ? add(turned, diagEmbed(ds)) : turned;
  const tall = m > k && du ? product(outside(u, div(du, unsqueeze(s, -2))), vh) : null;
  const wide = n > k && dvh
    ? product(u, transpose(outside(transpose(vh), transpose(div(dvh, unsqueeze(s, -1))))))
    : null;
  return [together(add, product(u, product(inner, vh)), tall, wide)];
}

function tangents([t]: Parts, { outputs, inputs: [{ shape }] }: Saved<VectorsAttributes>): Parts {
  if (!t) return [null, null, null];
  const [u, s, vh] = outputs as readonly Tensor[],
    [m, n] = shape.slice(-2),
    k = Math.min(m, n),
    v = transpose(vh);
  const inner = transposedProduct(u, product(t, v)), gaps = gapsOf(square(s)), other = transpose(inner);
  const turn = (x: Tensor) => div(offDiagonal(x, 0), gaps);
  const du = product(u, turn(add(timesColumns(inner, s), timesRows(s, other))));
  const dv = product(v, turn(add(timesRows(s, inner), timesColumns(other, s))));
  const beyondU = m > k ? div(outside(u, product(t, v)), unsqueeze(s, -2)) : null;
  const beyondV = n > k ? div(outside(v, transposedProduct(t, u)), unsqueeze(s, -2)) : null;
  return [together(add, du, beyondU), diagonal(inner), transpose(together(add, dv, beyondV)!)];
}

const outputsAlone: Saves = { inputs: [], outputs: [0, 1, 2] };

export const singularFactors: Primitive<VectorsAttributes> = /* @__PURE__ */ hostPrimitive(
  {
    name: "svd",
    infer: ([{ shape, dtype, backend }], { vectors }): readonly TensorType[] => {
      const lead = shape.slice(0, -2), [m, n] = shape.slice(-2), k = Math.min(m, n);
      const shapes = [vectors ? [...lead, m, k] : [0], [...lead, k], vectors ? [...lead, k, n] : [0]];
      return shapes.map((shape) => ({ shape, dtype, backend }));
    },
    vjp: cotangents,
    saves: () => outputsAlone,
    jvp: tangents,
    batch: (inputs, axes, attributes) => ({
      outputs: applyAll(singularFactors, allFront(inputs, axes), attributes),
      axes: [0, 0, 0],
    }),
  },
  kernel,
  { isSmall: isNarrow },
);

/** The thin decomposition, U and Vᵀ empty where they are not wanted: U `[…, m, k]`, S `[…, k]`, Vᵀ `[…, k, n]`. */
export function thinSvd(x: Tensor, vectors = true): readonly Tensor[] {
  return applyAll(singularFactors, [x], { vectors });
}
