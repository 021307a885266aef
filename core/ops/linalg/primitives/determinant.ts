/** The primitive of determinants, whose gradient is their cofactors: right for singular matrices too. */
import { apply, applyAll } from "../../../call/apply.ts";
import { inputsAt, type Primitive, type TensorType } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { concat, expand, flip, narrow, product, reshape, transpose } from "../../../primitives/functions.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { add, mul, neg, sub } from "../../arithmetic.ts";
import { argsort } from "../../cumulative.ts";
import { where } from "../../choice.ts";
import { equal } from "../../comparison.ts";
import { onesLike, tensor } from "../../creation.ts";
import { eye } from "../../ranges.ts";
import { sum } from "../../reductions.ts";
import { determinant as kernel, pivotOrder as orderKernel } from "../kernels/lu.ts";
import { luFactors, luSolved, rowsIn } from "./lu.ts";
import { isSmall } from "./small.ts";

/** Orders of rows and columns with the largest pivots first, the sign of both, and the last pivot but two, or 1. */
export const pivotOrder: Primitive<null> = /* @__PURE__ */ hostPrimitive(
  {
    name: "pivotOrder",
    infer([{ shape, dtype, backend }]): readonly TensorType[] {
      const order: TensorType = { shape: shape.slice(0, -1), dtype: "i32", backend };
      const number = { shape: shape.slice(0, -2), dtype, backend };
      return [order, order, number, number];
    },
    batch: (inputs, axes) => ({
      outputs: applyAll(pivotOrder, allFront(inputs, axes), null),
      axes: [0, 0, 0, 0],
    }),
  },
  orderKernel,
  { isSmall },
);

/** The determinant of `[…, n, n]`. */
export const determinant: Primitive<null> = /* @__PURE__ */ hostPrimitive(
  {
    name: "determinant",
    infer: ([{ shape, dtype, backend }]) => ({ shape: shape.slice(0, -2), dtype, backend }),
    vjp: ([ct], { inputs: [x] }) => [ct && mul(asMatrix(ct), cofactors(x as Tensor))],
    saves: /* @__PURE__ */ inputsAt(0),
    jvp: ([t], { inputs: [x] }) => [t && sum(mul(t, cofactors(x as Tensor)), [-2, -1])],
    batch: (inputs, axes) => ({ outputs: [apply(determinant, allFront(inputs, axes), null)], axes: [0] }),
  },
  kernel,
  { isSmall },
);

function asMatrix(x: Tensor): Tensor {
  return reshape(x, [...x.shape, 1, 1]);
}

// Of a matrix of two rows and columns.
function cofactorsOfTwo(x: Tensor): Tensor {
  const signs = tensor([[1, -1], [-1, 1]], { dtype: x.dtype, backend: x.backend });
  return mul(flip(flip(x, x.rank - 1), x.rank - 2), signs);
}

/** Solves with one matrix or its transpose, whose factors are constants, of the precision that ordered its pivots. */
function solverOf(x: Tensor): (b: Tensor, adjoint: boolean) => Tensor {
  const [factors, pivots] = applyAll(luFactors, [x.detach()], { refuses: "", isDouble: true });
  return (b, adjoint) => apply(luSolved, [x, factors, pivots, b], { adjoint });
}

/**
 * What the determinant changes by with each element. With the largest pivots first in rows and columns,
 * `x = [[b, c], [r, d]]` with b that has an inverse unless the rank is below n - 2, d of two rows and columns, and
 * `det x = ±det b · det(d - r b⁻¹ c)`, of which this is the gradient: nothing is divided by a pivot that may be 0.
 */
export function cofactors(x: Tensor): Tensor {
  const n = x.shape.at(-1)!;
  if (n < 2) return onesLike(x);
  if (n === 2) return cofactorsOfTwo(x);
  const [rows, columns, sign, last] = applyAll(pivotOrder, [x.detach()], null);
  const ordered = transpose(rowsIn(transpose(rowsIn(x, rows)), columns));
  const slopes = mul(asMatrix(sign), orderedCofactors(ordered, asMatrix(equal(last, 0))));
  return transpose(rowsIn(transpose(rowsIn(slopes, argsort(rows))), argsort(columns)));
}

function orderedCofactors(x: Tensor, isDeficient: Tensor): Tensor {
  const n = x.shape.at(-1)!, row = x.rank - 2, column = x.rank - 1, { dtype, backend } = x;
  const [top, low] = [narrow(x, row, 0, n - 2), narrow(x, row, n - 2, 2)];
  const unit = eye(n - 2, undefined, { dtype, backend });
  // Where the rank is lower all cofactors are 0, and so are their derivatives but those of high order.
  const b = where(isDeficient, unit, narrow(top, column, 0, n - 2)), solve = solverOf(b);
  const right = solve(narrow(top, column, n - 2, 2), false), beside = narrow(low, column, 0, n - 2);
  const rest = sub(narrow(low, column, n - 2, 2), product(beside, right));
  const size = where(isDeficient, 0, asMatrix(apply(determinant, [b], null)));
  const ofTwo = cofactorsOfTwo(rest), slopes = mul(size, ofTwo), aside = product(slopes, transpose(right));
  const whole = mul(sum(mul(rest, ofTwo), [-2, -1], { keepDims: true }), 0.5);
  const above = solve(transpose(beside), true), back = solve(expand(unit, b.shape), true);
  const corner = add(mul(mul(size, whole), back), product(above, aside));
  return concat([
    concat([corner, neg(product(above, slopes))], column),
    concat([neg(aside), slopes], column),
  ], row);
}
