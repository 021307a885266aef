/** Reading and writing at indices along an axis. */
import { apply } from "../call/apply.ts";
import { inputsAt, type Parts, type Primitive, primitive } from "../call/op.ts";
import { input } from "../expr/expr.ts";
import { eq, select } from "../expr/scalars/logic.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { AxisAttributes, ScatterAttributes } from "./attributes.ts";
import { allFront } from "./batching.ts";
import { mapping, positions } from "./functions.ts";

/** `output[…, i, …] = x[…, index[…, i, …], …]`: inputs x and index, whose other extents fit in x's. */
export const gatherAt: Primitive<AxisAttributes> = primitive({
  name: "gather",
  infer: ([x, index]) => ({ shape: index.shape, dtype: x.dtype, backend: x.backend }),
  vjp([ct], { inputs: [x, index], attributes: { axis } }): Parts {
    if (!ct) return [null, null];
    const zeros = filled(0, x.shape, ct);
    return [apply(scatterAt, [zeros, index as Tensor, ct], { axis, kind: "add" }), null];
  },
  saves: inputsAt(1),
  jvp: ([t], { inputs: [, index], attributes }) => [t && apply(gatherAt, [t, index as Tensor], attributes)],
  batch: (inputs, axes, { axis }) => ({
    outputs: [apply(gatherAt, allFront(inputs, axes), { axis: axis + 1 })],
    axes: [0],
  }),
});

/** A copy of x with source added or set at index: inputs x, index, source. */
export const scatterAt: Primitive<ScatterAttributes> = primitive({
  name: "scatter",
  infer: ([{ shape, dtype, backend }]) => ({ shape, dtype, backend }),
  vjp([ct], { inputs: [x, saved], attributes: { axis, kind } }, [base, , source]): Parts {
    if (!ct) return [null, null, null];
    const index = saved as Tensor, adds = kind === "add";
    return [
      base ? adds ? ct : cleared(ct, index, axis) : null,
      null,
      source ? sourceGradient(ct, index, axis, adds ? null : x.shape) : null,
    ];
  },
  saves: inputsAt(1),
  jvp([x, , source], { inputs: [base, index, values], attributes }): Parts {
    if (!x && !source) return [null];
    return [apply(scatterAt, [
      x ?? filled(0, base.shape, source!),
      index as Tensor,
      source ?? filled(0, values.shape, x!),
    ], attributes)];
  },
  batch: (inputs, axes, { axis, kind }) => ({
    outputs: [apply(scatterAt, allFront(inputs, axes), { axis: axis + 1, kind })],
    axes: [0],
  }),
});

function cleared(ct: Tensor, index: Tensor, axis: number): Tensor {
  return apply(scatterAt, [ct, index, filled(0, index.shape, ct)], { axis, kind: "set" });
}

function sourceGradient(ct: Tensor, index: Tensor, axis: number, shape: readonly number[] | null): Tensor {
  const picked = apply(gatherAt, [ct, index], { axis });
  return shape ? whereLast(lastAt(index, axis, shape), positions(index.shape, axis, ct), picked) : picked;
}

// What was overwritten by a later element has no gradient.
const whereLast = mapping("scatter backward", select(eq(input(0), input(1)), input(2), 0));

/** The position of the last element that was written where each was. */
function lastAt(index: Tensor, axis: number, shape: readonly number[]): Tensor {
  const places = positions(index.shape, axis, index);
  const last = apply(scatterAt, [filled(0, shape, places), index, places], { axis, kind: "set" });
  return apply(gatherAt, [last, index], { axis });
}
