/** The primitive of systems with triangular matrices. */
import { apply } from "../../../call/apply.ts";
import type { Parts, Primitive, Saved } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { product, transpose } from "../../../primitives/functions.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { neg, sub } from "../../arithmetic.ts";
import { tril, triu } from "../../matrices.ts";
import { isSmall } from "./small.ts";
import { type TriangularAttributes, triangularSolve as kernel } from "../kernels/triangular.ts";

/** What of a matrix counts as the triangle. */
function triangleOf(x: Tensor, { upper, unit }: TriangularAttributes): Tensor {
  const k = unit ? 1 : 0;
  return upper ? triu(x, k) : tril(x, -k);
}

function cotangents(
  [ct]: Parts,
  { inputs: [t], outputs: [x], attributes }: Saved<TriangularAttributes>,
  [matrix, side]: readonly boolean[],
): Parts {
  if (!ct) return [null, null];
  const { upper, left } = attributes;
  const slope = triangularSolved(transpose(t as Tensor), ct, { ...attributes, upper: !upper });
  if (!matrix) return [null, slope];
  const found = transpose(x as Tensor);
  const pairs = left ? product(slope, found) : product(found, slope);
  return [neg(triangleOf(pairs, attributes)), side ? slope : null];
}

function tangent(
  [dt, db]: Parts,
  { inputs: [t], outputs: [x], attributes }: Saved<TriangularAttributes>,
): Parts {
  if (!dt) return [db && triangularSolved(t as Tensor, db, attributes)];
  const moved = triangleOf(dt, attributes), found = x as Tensor;
  const change = attributes.left ? product(moved, found) : product(found, moved);
  return [triangularSolved(t as Tensor, db ? sub(db, change) : neg(change), attributes)];
}

/** Solves with triangular matrices: of inputs `[…, n, n]` and `[…, n, k]`, or `[…, k, n]` on their left. */
const triangularSolve: Primitive<TriangularAttributes> = /* @__PURE__ */ hostPrimitive(
  {
    name: "triangularSolve",
    infer: ([, { shape, dtype, backend }]) => ({ shape, dtype, backend }),
    vjp: cotangents,
    saves: (_, [matrix]) => ({ inputs: [0], outputs: matrix ? [0] : [] }),
    jvp: tangent,
    batch: (inputs, axes, attributes) => ({
      outputs: [apply(triangularSolve, allFront(inputs, axes), attributes)],
      axes: [0],
    }),
  },
  kernel,
  { arity: 2, isSmall },
);

/** {@link triangularSolve} of matrices whose leading extents are equal. */
export function triangularSolved(t: Tensor, b: Tensor, attributes: TriangularAttributes): Tensor {
  return apply(triangularSolve, [t, b], attributes);
}
