/** The composite of pseudo-inverses. */
import { apply, applyAll } from "../../../call/apply.ts";
import type { Composite, Parts, Saved } from "../../../call/op.ts";
import { defineComposite } from "../../../define/composite.ts";
import { batchAlong, batchSize } from "../../../primitives/batching.ts";
import { product, reshape, transpose } from "../../../primitives/functions.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { add, div, sub } from "../../arithmetic.ts";
import { where } from "../../choice.ts";
import { abs } from "../../magnitude.ts";
import { symmetricEigen } from "./eigh.ts";
import { timesColumns, timesRows, transposedProduct } from "./gaps.ts";
import { thinSvd } from "./svd.ts";
import { counts } from "./tolerance.ts";

interface PinvAttributes {
  readonly hermitian: boolean;
}

/** 1/s where it counts, else 0. */
function inverted(s: Tensor, isCounted: Tensor): Tensor {
  return where(isCounted, div(1, where(isCounted, s, 1)), 0);
}

function inverse([x, atol, rtol]: readonly Tensor[], { hermitian }: PinvAttributes): readonly Tensor[] {
  if (hermitian) {
    const [l, v] = applyAll(symmetricEigen, [x], { upper: false, vectors: true });
    const isCounted = counts(abs(l), atol, rtol);
    return [product(timesColumns(v, inverted(l, isCounted)), transpose(v))];
  }
  const [u, s, vh] = thinSvd(x);
  return [product(timesColumns(transpose(vh), inverted(s, counts(s, atol, rtol))), transpose(u))];
}

/** The pseudo-inverse times b, factor by factor: of a large inverse that was rounded first, little would be right. */
export function leastSquares([x, b, atol, rtol]: readonly Tensor[]): Tensor {
  const [u, s, vh] = thinSvd(x), weights = inverted(s, counts(s, atol, rtol));
  return transposedProduct(vh, timesRows(weights, transposedProduct(u, b)));
}

/**
 * The gradient of a matrix from that of its pseudo-inverse, where its rank stays as it is (Golub and Pereyra, "The
 * differentiation of pseudo-inverses", 1973).
 */
export function pinvCotangent(ct: Tensor, x: Tensor, inverse: Tensor): Tensor {
  const [m, n] = x.shape.slice(-2), given = transpose(ct), adjoint = transpose(inverse);
  if (m <= n) {
    const k = product(given, inverse), moved = product(k, adjoint);
    const inside = sub(moved, transpose(product(inverse, k)));
    const beyond = sub(
      product(product(adjoint, inverse), sub(given, product(k, x))),
      product(product(x, inverse), moved),
    );
    return add(inside, beyond);
  }
  const k = product(inverse, given), moved = product(adjoint, k);
  const inside = sub(moved, transpose(product(k, inverse)));
  const beyond = sub(
    product(product(sub(given, product(x, k)), inverse), adjoint),
    product(product(moved, inverse), x),
  );
  return add(inside, beyond);
}

const inverting: Composite<PinvAttributes> = /* @__PURE__ */ defineComposite({
  name: "pinv",
  infer: ([{ shape, dtype, backend }]) => ({
    shape: [...shape.slice(0, -2), ...shape.slice(-2).toReversed()],
    dtype,
    backend,
  }),
  decompose: inverse,
  vjp: ([ct], { inputs: [x], outputs: [inverse] }: Saved<PinvAttributes>): Parts => [
    ct && pinvCotangent(ct, x as Tensor, inverse as Tensor),
    null,
    null,
  ],
  saves: () => ({ inputs: [0], outputs: [0] }),
  batch: (inputs, axes, attributes) => ({
    outputs: [apply(inverting, toleratedFront(inputs, axes, 1), attributes)],
    axes: [0],
  }),
}, { dtypes: ["f32", "f64"] });

/** Matrices with their batches first, and behind those the tolerances, which broadcast along what is before a matrix. */
export function toleratedFront(
  inputs: readonly Tensor[],
  axes: readonly (number | null)[],
  matrices: number,
): Tensor[] {
  const size = batchSize(inputs, axes), given = inputs.map((_, i) => i < matrices || axes[i] !== null);
  const all = inputs.map((x, i) => given[i] ? batchAlong(x, axes[i], 0, size) : x), rank = all[0].rank - 2;
  return all.map((x, i) => {
    if (i < matrices || !given[i]) return x;
    return reshape(x, [size, ...new Array<number>(rank - x.rank).fill(1), ...x.shape.slice(1)]);
  });
}

/** {@link pinv} by tolerances that are tensors. */
export function pinvBy(x: Tensor, atol: Tensor, rtol: Tensor, hermitian = false): Tensor {
  return apply(inverting, [x, atol, rtol], { hermitian });
}
