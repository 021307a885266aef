/** What gradients through eigenvectors and singular vectors divide by. */
import { isRecording } from "../../../call/record.ts";
import { context } from "../../../device/context.ts";
import { product, transpose } from "../../../primitives/functions.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { mul, sub } from "../../arithmetic.ts";
import { where } from "../../choice.ts";
import { eye } from "../../ranges.ts";
import { unsqueeze } from "../../shape.ts";

/** Whether what has a matrix's spectrum as a result may be asked for gradients, which want the vectors. */
export function needsVectors(x: Tensor): boolean {
  return context.layers !== null || isRecording() && x.requiresGrad;
}

/** `xⱼ - xᵢ` at `[…, i, j]`, and 1 on the diagonal. */
export function gapsOf(x: Tensor): Tensor {
  return offDiagonal(sub(unsqueeze(x, -2), unsqueeze(x, -1)), 1);
}

/** Matrices with another number on their diagonals. */
export function offDiagonal(x: Tensor, value: number): Tensor {
  return where(eye(x.shape.at(-1)!, undefined, { dtype: "bool", backend: x.backend }), value, x);
}

/** `aᵀ·b`. */
export function transposedProduct(a: Tensor, b: Tensor): Tensor {
  return product(transpose(a), b);
}

/** Columns of `x` times the elements of `s`. */
export function timesColumns(x: Tensor, s: Tensor): Tensor {
  return mul(x, unsqueeze(s, -2));
}

/** Rows of `x` times the elements of `s`. */
export function timesRows(s: Tensor, x: Tensor): Tensor {
  return mul(unsqueeze(s, -1), x);
}

/** What of `x` lies outside of what the columns of `q`, which are orthonormal, span. */
export function outside(q: Tensor, x: Tensor): Tensor {
  return sub(x, product(q, transposedProduct(q, x)));
}

/** The sum of those there are, null of none. */
export function together(
  add: (a: Tensor, b: Tensor) => Tensor,
  ...parts: readonly (Tensor | null)[]
): Tensor | null {
  return parts.reduce((total, part) => total && part ? add(total, part) : total ?? part, null);
}
