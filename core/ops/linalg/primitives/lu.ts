/** The primitives of elimination: factors, row exchanges, and what is solved with them. */
import { apply, applyAll } from "../../../call/apply.ts";
import type { Parts, Primitive, Saved, TensorType } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { concat, expand, narrow, product, reshape, transpose } from "../../../primitives/functions.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import { gatherAt } from "../../../primitives/indexing.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { add, neg, sub } from "../../arithmetic.ts";
import { tril, triu } from "../../matrices.ts";
import { eye } from "../../ranges.ts";
import {
  lu as luKernel,
  type LuAttributes,
  type LuSolveAttributes,
  luSolved as luSolvedKernel,
  permutation as permutationKernel,
  type PermutationAttributes,
} from "../kernels/lu.ts";
import { isSmall, SMALL } from "./small.ts";
import { triangularSolved } from "./triangular.ts";

/** Which row comes where by exchanges, and where each went: of pivots `[…, k]`, two of `[…, rows]`. */
const luPermutation: Primitive<PermutationAttributes> = /* @__PURE__ */ hostPrimitive(
  {
    name: "luPermutation",
    infer([{ shape, backend }], { rows }): readonly TensorType[] {
      const type: TensorType = { shape: [...shape.slice(0, -1), rows], dtype: "i32", backend };
      return [type, type];
    },
    batch: (inputs, axes, attributes) => ({
      outputs: applyAll(luPermutation, allFront(inputs, axes), attributes),
      axes: [0, 0],
    }),
  },
  permutationKernel,
  { dtypes: ["i32"], isSmall: (_, { rows }) => rows > 0 && rows <= SMALL },
);

/** Which of the rows comes where by the exchanges of {@link luFactors}, and where each row went. */
export function orderOf(pivots: Tensor, rows: number): readonly Tensor[] {
  return applyAll(luPermutation, [pivots], { rows });
}

/** Rows in an order `[…, m]`. */
export function rowsIn(x: Tensor, order: Tensor): Tensor {
  const index = expand(reshape(order, [...order.shape, 1]), x.shape);
  return apply(gatherAt, [x, index], { axis: x.rank - 2 });
}

// Of packed factors and what belongs to them: the square corner, what is below it, and what is right of it.
function parts(x: Tensor): readonly [corner: Tensor, below: Tensor, right: Tensor] {
  const [m, n] = x.shape.slice(-2), k = Math.min(m, n), [row, column] = [x.rank - 2, x.rank - 1];
  const top = narrow(x, row, 0, k), left = narrow(x, column, 0, k);
  return [narrow(top, column, 0, k), narrow(left, row, k, m - k), narrow(top, column, k, n - k)];
}

function joined(corner: Tensor, below: Tensor, right: Tensor): Tensor {
  const top = right.shape.at(-1) === 0 ? corner : concat([corner, right], corner.rank - 1);
  return below.shape.at(-2) === 0 ? top : concat([top, below], top.rank - 2);
}

/** The lower factor with its ones, of a square corner. */
export function unitLower(corner: Tensor): Tensor {
  const { dtype, backend } = corner;
  return add(tril(corner, -1), eye(corner.shape.at(-1)!, undefined, { dtype, backend }));
}

const lower = { upper: false, unit: true, left: true },
  behindUpper = { upper: true, unit: false, left: false };

// Of L dL and dU are parts: L⁻¹ dL is the strict lower triangle of L⁻¹ dA U⁻¹, dU U⁻¹ the upper one.
function cotangents([ct]: Parts, { inputs: [x], outputs: [factors, pivots] }: Saved<LuAttributes>): Parts {
  if (!ct) return [null];
  const [corner, below, right] = parts(factors as Tensor), [g, gBelow, gRight] = parts(ct);
  const l = unitLower(corner), u = triu(corner), turned = transpose(corner);
  const strict = sub(product(transpose(l), tril(g, -1)), product(gRight, transpose(right)));
  const above = sub(product(triu(g), transpose(u)), product(transpose(below), gBelow));
  const behind = { ...behindUpper, upper: false };
  const core = triangularSolved(turned, add(tril(strict, -1), triu(above)), behind);
  const wide = joined(core, narrow(gBelow, ct.rank - 2, 0, 0), gRight);
  const top = triangularSolved(turned, wide, { ...lower, upper: true });
  const low = triangularSolved(turned, gBelow, behind);
  const all = low.shape.at(-2) === 0 ? top : concat([top, low], top.rank - 2);
  return [rowsIn(all, orderOf(pivots as Tensor, x.shape.at(-2)!)[1])];
}

function tangents([t]: Parts, { inputs: [x], outputs: [factors, pivots] }: Saved<LuAttributes>): Parts {
  if (!t) return [null, null, null];
  const [corner, below, right] = parts(factors as Tensor), k = corner.shape.at(-1)!, row = t.rank - 2;
  const moved = rowsIn(t, orderOf(pivots as Tensor, x.shape.at(-2)!)[0]);
  const top = triangularSolved(corner, narrow(moved, row, 0, k), lower);
  const core = triangularSolved(corner, narrow(top, row + 1, 0, k), behindUpper);
  const strict = tril(core, -1), above = triu(core);
  const low = triangularSolved(corner, parts(moved)[1], behindUpper);
  const dCorner = add(product(unitLower(corner), strict), product(above, triu(corner)));
  const dRight = sub(narrow(top, row + 1, k, top.shape[row + 1] - k), product(strict, right));
  return [joined(dCorner, sub(low, product(below, above)), dRight), null, null];
}

/** Both factors of `[…, m, n]` in one matrix, the row exchanged with each, from 1, and which pivot is 0. */
export const luFactors: Primitive<LuAttributes> = /* @__PURE__ */ hostPrimitive(
  {
    name: "lu",
    infer([{ shape, dtype, backend }]): readonly TensorType[] {
      const lead = shape.slice(0, -2), count = Math.min(...shape.slice(-2));
      return [
        { shape, dtype, backend },
        { shape: [...lead, count], dtype: "i32", backend },
        { shape: lead, dtype: "i32", backend },
      ];
    },
    vjp: cotangents,
    saves: () => ({ inputs: [], outputs: [0, 1] }),
    jvp: tangents,
    batch: (inputs, axes, attributes) => ({
      outputs: applyAll(luFactors, allFront(inputs, axes), attributes),
      axes: [0, 0, 0],
    }),
  },
  luKernel,
  { isSmall },
);

function solveCotangents(
  [ct]: Parts,
  { inputs: [x, factors, pivots], outputs: [found], attributes }: Saved<LuSolveAttributes>,
  [matrix, , , side]: readonly boolean[],
): Parts {
  if (!ct) return [null, null, null, null];
  const { adjoint } = attributes;
  const given = [x, factors, pivots, ct] as Tensor[];
  const slope = apply(luSolved, given, { ...attributes, adjoint: !adjoint });
  if (!matrix) return [null, null, null, slope];
  const y = found as Tensor;
  const pairs = adjoint ? product(y, transpose(slope)) : product(slope, transpose(y));
  return [neg(pairs), null, null, side ? slope : null];
}

function solveTangent(
  [dx, , , db]: Parts,
  { inputs: [x, factors, pivots], outputs: [found], attributes }: Saved<LuSolveAttributes>,
): Parts {
  const change = dx && product(attributes.adjoint ? transpose(dx) : dx, found as Tensor);
  const side = db && change ? sub(db, change) : db ?? (change && neg(change));
  return [side && apply(luSolved, [x, factors, pivots, side] as Tensor[], attributes)];
}

/**
 * x⁻¹ b, or of the transpose, of inputs x, its factors and pivots, and b. Its factors are taken for constants: what
 * moves with x is given to x, so that derivatives of any order solve with the same factors.
 */
export const luSolved: Primitive<LuSolveAttributes> = /* @__PURE__ */ hostPrimitive(
  {
    name: "luSolve",
    infer: ([, , , { shape, dtype, backend }]) => ({ shape, dtype, backend }),
    vjp: solveCotangents,
    saves: (_, [matrix]) => ({ inputs: [0, 1, 2], outputs: matrix ? [0] : [] }),
    jvp: solveTangent,
    batch: (inputs, axes, attributes) => ({
      outputs: [apply(luSolved, allFront(inputs, axes), attributes)],
      axes: [0],
    }),
  },
  luSolvedKernel,
  { arity: 4, isSmall },
);

/** Solves with factors that gradients flow to, or with the transpose of what they are of. */
export function solvedBy(factors: Tensor, pivots: Tensor, b: Tensor, adjoint: boolean): Tensor {
  const [order, places] = orderOf(pivots, b.shape.at(-2)!), upper = { ...lower, upper: true, unit: false };
  if (!adjoint) return triangularSolved(factors, triangularSolved(factors, rowsIn(b, order), lower), upper);
  const turned = transpose(factors), first = triangularSolved(turned, b, { ...upper, upper: false });
  return rowsIn(triangularSolved(turned, first, { ...lower, upper: true }), places);
}
