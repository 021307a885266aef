/** The primitive of eigenvalues of matrices that need not be symmetric. */
import { applyAll } from "../../../call/apply.ts";
import type { Parts, Primitive, Saved, Saves, TensorType } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { neg } from "../../arithmetic.ts";
import { diagEmbed } from "../../diagonals.ts";
import { diagonal } from "../../matrices.ts";
import { adjoint, type Complex, eachPart, fromPairs, minus, over, plus, solved, times } from "./complex.ts";
import { gapsOf, offDiagonal, timesColumns } from "./gaps.ts";
import { eig as kernel, type VectorsAttributes } from "../kernels/spectral.ts";
import { solvedByQr } from "./qr.ts";

// gA = V⁻ᴴ·(diag(gλ) + (VᴴgV - VᴴV·diag(Re VᴴgV)) / conj(λⱼ - λᵢ))·Vᴴ, of which the real part is a real matrix's.
function cotangents([dl, dv]: Parts, { outputs }: Saved<VectorsAttributes>): Parts {
  const v = fromPairs(outputs[1] as Tensor), left = adjoint(v);
  const fromValues = dl && eachPart(fromPairs(dl), (x) => diagEmbed(x));
  const turned = dv && turnedBy(fromPairs(outputs[0] as Tensor), v, left, fromPairs(dv));
  const inner = fromValues && turned ? plus(fromValues, turned) : fromValues ?? turned!;
  return [solved(left, times(inner, left), solvedByQr).re];
}

function turnedBy(l: Complex, v: Complex, left: Complex, dv: Complex): Complex {
  const pairs = times(left, dv), parts = diagonal(pairs.re);
  const outside = minus(pairs, times(left, eachPart(v, (x) => timesColumns(x, parts))));
  const gaps = { re: gapsOf(l.re), im: offDiagonal(neg(gapsOf(l.im)), 0) };
  return over(eachPart(outside, (x) => offDiagonal(x, 0)), gaps);
}

const bothOutputs: Saves = { inputs: [], outputs: [0, 1] };

export const eigen: Primitive<VectorsAttributes> = /* @__PURE__ */ hostPrimitive({
  name: "eig",
  infer: ([{ shape, dtype, backend }]): readonly TensorType[] => [
    { shape: [...shape.slice(0, -1), 2], dtype, backend },
    { shape: [...shape, 2], dtype, backend },
  ],
  vjp: cotangents,
  saves: () => bothOutputs,
  batch: (inputs, axes, attributes) => ({
    outputs: applyAll(eigen, allFront(inputs, axes), attributes),
    axes: [0, 0],
  }),
}, kernel);
