/** The primitive of eigenvalues of matrices that need not be symmetric. */
import { applyAll } from "../../../call/apply.ts";
import type { Parts, Primitive, Saved, Saves, TensorType } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { add, mul, neg, sub } from "../../arithmetic.ts";
import { transpose } from "../../axis_order.ts";
import { div, matmul } from "../../complex/arithmetic.ts";
import { conj, imag, real } from "../../complex/making.ts";
import { fromReals } from "../../complex/pairs.ts";
import { where } from "../../choice.ts";
import { concat } from "../../joining.ts";
import { diagonal } from "../../matrices.ts";
import { eye } from "../../ranges.ts";
import { unsqueeze } from "../../shape.ts";
import { narrow } from "../../windows.ts";
import { eig as kernel, type VectorsAttributes } from "../kernels/spectral.ts";
import { together } from "./gaps.ts";
import { solvedByQr } from "./qr.ts";

// Which pairs of a matrix of them are on its diagonal.
function isDiagonal({ shape, backend }: Tensor): Tensor {
  return unsqueeze(eye(shape.at(-2)!, undefined, { dtype: "bool", backend }), -1);
}

// gA = V⁻ᴴ·(diag(gλ) + (VᴴgV - VᴴV·diag(Re VᴴgV)) / conj(λⱼ - λᵢ))·Vᴴ, of which the real part is a real matrix's.
function cotangents([dl, dv]: Parts, { outputs }: Saved<VectorsAttributes>): Parts {
  const [l, v] = outputs as readonly Tensor[], left = conj(transpose(v, -3, -2));
  const values = dl && where(isDiagonal(v), unsqueeze(dl, -2), 0), turned = dv && turnedBy(l, v, left, dv);
  return [solvedReal(left, matmul(together(add, values, turned)!, left))];
}

function turnedBy(l: Tensor, v: Tensor, left: Tensor, dv: Tensor): Tensor {
  const pairs = matmul(left, dv), along = unsqueeze(unsqueeze(diagonal(real(pairs)), -2), -1);
  const outside = sub(pairs, matmul(left, mul(v, along)));
  const gaps = conj(sub(unsqueeze(l, -3), unsqueeze(l, -2))), onDiagonal = isDiagonal(v);
  const one = fromReals(eye(1, undefined, { dtype: l.dtype, backend: l.backend }));
  return where(onDiagonal, 0, div(outside, where(onDiagonal, one, gaps)));
}

// The real part of x in a·x = b, by real matrices of twice the extent.
function solvedReal(a: Tensor, b: Tensor): Tensor {
  const [re, im] = [real(a), imag(a)], rows = [concat([re, neg(im)], -1), concat([im, re], -1)];
  const x = solvedByQr(concat(rows, -2), concat([real(b), imag(b)], -2));
  return narrow(x, -2, 0, re.shape.at(-1)!);
}

const bothOutputs: Saves = { inputs: [], outputs: [0, 1] };

/** Eigenvalues `[…, n, 2]` and vectors `[…, n, n, 2]`, pairs of real and imaginary part, of real `[…, n, n]`. */
export const eigen: Primitive<VectorsAttributes> = /* @__PURE__ */ hostPrimitive({
  name: "eig",
  infer: ([{ shape, dtype, backend }], { vectors }): readonly TensorType[] => [
    { shape: [...shape.slice(0, -1), 2], dtype, backend },
    { shape: vectors ? [...shape, 2] : [0], dtype, backend },
  ],
  vjp: cotangents,
  saves: () => bothOutputs,
  batch: (inputs, axes, attributes) => ({
    outputs: applyAll(eigen, allFront(inputs, axes), attributes),
    axes: [0, 0],
  }),
}, kernel);
