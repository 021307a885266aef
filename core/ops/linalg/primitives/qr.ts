/** The primitive of orthogonal and triangular factors. */
import { applyAll } from "../../../call/apply.ts";
import type { Parts, Primitive, Saved, Saves, TensorType } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { product, transpose } from "../../../primitives/functions.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { add, sub } from "../../arithmetic.ts";
import { zeros } from "../../creation.ts";
import { concat } from "../../joining.ts";
import { tril } from "../../matrices.ts";
import { narrow } from "../../windows.ts";
import { refuseShape } from "../checks.ts";
import { transposedProduct } from "./gaps.ts";
import { qr as kernel, type QrAttributes } from "../kernels/spectral.ts";
import { triangularSolved } from "./triangular.ts";
import { isNarrow, isSmall } from "./small.ts";

function typesOf([{ shape, dtype, backend }]: readonly TensorType[], { mode }: QrAttributes): TensorType[] {
  const lead = shape.slice(0, -2), [m, n] = shape.slice(-2), k = Math.min(m, n);
  const columns = mode === "complete" ? m : k;
  const shapes = mode === "raw" ? [shape, [...lead, k]] : [[...lead, m, columns], [...lead, columns, n]];
  return shapes.map((shape) => ({ shape, dtype, backend }));
}

/** The factors that rules read, and how many columns of R are before those beside its triangle. */
function factorsOf({ inputs: [{ shape }], outputs: [q, r], attributes: { mode } }: Saved<QrAttributes>): {
  readonly q: Tensor;
  readonly r: Tensor;
  readonly k: number;
  readonly rest: number;
} {
  const [m, n] = shape.slice(-2), k = Math.min(m, n);
  if (mode === "raw") {
    refuseShape("differentiate geqrf of", { shape }, "its reflectors have no gradient, call qr()");
  }
  if (mode === "complete" && m > n) {
    refuseShape(
      "differentiate the complete qr of",
      { shape },
      "columns of Q beyond those of the matrix are any that are orthogonal to them; mode reduced has none",
    );
  }
  return { q: q as Tensor, r: r as Tensor, k, rest: n - k };
}

const right = { upper: true, unit: false, left: false };

/** The lower triangle below the diagonal, with its negative mirrored above. */
function skewed(x: Tensor): Tensor {
  const below = tril(x, -1);
  return sub(below, transpose(below));
}

// Of the first columns of a matrix, gA = (gQ + Q·mirrored(R·gRᵀ - gQᵀ·Q))·R⁻ᵀ; of those beside them R holds Qᵀ·A.
function cotangents([dq, dr]: Parts, saved: Saved<QrAttributes>): Parts {
  const { q, r, k, rest } = factorsOf(saved);
  if (rest === 0) return [squareCotangent(q, r, dq, dr)];
  const triangle = narrow(r, -1, 0, k);
  if (!dr) return [concat([squareCotangent(q, triangle, dq, null)!, zerosBeside(q, k, rest)], -1)];
  const beside = narrow(dr, -1, k, rest), columns = product(q, narrow(r, -1, k, rest));
  const turned = product(columns, transpose(beside));
  const first = squareCotangent(q, triangle, dq ? add(dq, turned) : turned, narrow(dr, -1, 0, k))!;
  return [concat([first, product(q, beside)], -1)];
}

function zerosBeside(q: Tensor, k: number, rest: number): Tensor {
  return zeros([...q.shape.slice(0, -2), k, rest], { dtype: q.dtype, backend: q.backend });
}

function squareCotangent(q: Tensor, r: Tensor, dq: Tensor | null, dr: Tensor | null): Tensor | null {
  const fromR = dr && product(r, transpose(dr)), fromQ = dq && transposedProduct(dq, q);
  if (!fromR && !fromQ) return null;
  const pairs = fromR && fromQ ? sub(fromR, fromQ) : fromR ?? fromQ!.neg(), lower = tril(pairs);
  const turned = product(q, add(lower, transpose(tril(pairs, -1))));
  return triangularSolved(transpose(r), dq ? add(dq, turned) : turned, { ...right, upper: false });
}

// With C = dA·R⁻¹ of the first columns: dQ = C - Q·(QᵀC - Ω) and dR = QᵀdA - Ω·R, where Ω is QᵀC skewed.
function tangents([t]: Parts, saved: Saved<QrAttributes>): Parts {
  if (!t) return [null, null];
  const { q, r, k } = factorsOf(saved);
  const c = triangularSolved(narrow(r, -1, 0, k), narrow(t, -1, 0, k), right);
  const pairs = transposedProduct(q, c), turn = skewed(pairs);
  return [sub(c, product(q, sub(pairs, turn))), sub(transposedProduct(q, t), product(turn, r))];
}

const factorsAlone: Saves = { inputs: [], outputs: [0, 1] };

/** Factors of matrices `[…, m, n]` by Householder reflectors. */
export const qrFactors: Primitive<QrAttributes> = /* @__PURE__ */ hostPrimitive(
  {
    name: "qr",
    infer: typesOf,
    vjp: cotangents,
    saves: () => factorsAlone,
    jvp: tangents,
    batch: (inputs, axes, attributes) => ({
      outputs: applyAll(qrFactors, allFront(inputs, axes), attributes),
      axes: [0, 0],
    }),
  },
  kernel,
  { isSmall: (inputs, { mode }) => mode === "complete" ? isSmall(inputs) : isNarrow(inputs) },
);

/** x of a·x = b for square matrices. */
export function solvedByQr(a: Tensor, b: Tensor): Tensor {
  const [q, r] = applyAll(qrFactors, [a], { mode: "reduced" });
  return triangularSolved(r, transposedProduct(q, b), { ...right, left: true });
}
