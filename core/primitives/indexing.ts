/** Reading and writing at indices along an axis. */
import { apply } from "../call/apply.ts";
import { filled } from "../tensor/constants.ts";
import { input } from "../expr/expr.ts";
import { equal, where } from "../ops/comparison.ts";
import { arange } from "../ops/creation.ts";
import type { Primitive } from "../call/op.ts";
import type { Shape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** `output[…, i, …] = x[…, index[…, i, …], …]`: inputs x and index, whose other extents fit in x's. */
export const gatherAt: Primitive<{ readonly axis: number }> = {
  name: "gather",
  infer: ([x, index]) => ({ shape: index.shape, dtype: x.dtype }),
  run: (backend, [x, index], output, { axis }) => backend.gather(x, axis, index, output),
  vjp(ct, { inputs: [x, index], attributes: { axis } }, i): Tensor | null {
    if (i === 1) return null;
    return apply(scatterAt, [filled(0, x.shape, ct), index, ct], { axis, kind: "add" });
  },
  needs: () => 0b10,
  jvp: ([t], { inputs: [, index], attributes }) => t && apply(gatherAt, [t, index], attributes),
};

/** Along which axis, and whether elements are added to what is there or take its place. */
export interface ScatterAttributes {
  /** The axis that indices count along. */
  readonly axis: number;
  /** `add` sums repeated indices; with `set` the last one stays. */
  readonly kind: "add" | "set";
}

/** A copy of x with source added or set at index: inputs x, index, source. */
export const scatterAt: Primitive<ScatterAttributes> = {
  name: "scatter",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  run(backend, [x, index, source], output, { axis, kind }): void {
    backend.map(input(0), [x], output);
    backend.scatter(kind, axis, index, source, output);
  },
  vjp(ct, { inputs: [x, index], attributes: { axis, kind } }, i): Tensor | null {
    if (i === 1) return null;
    if (i === 0) return kind === "add" ? ct : cleared(ct, index, axis);
    const picked = apply(gatherAt, [ct, index], { axis });
    return kind === "add" ? picked : where(stays(index, axis, x.shape), picked, 0);
  },
  needs: () => 0b010,
  jvp([x, , source], { inputs: [base, index, values], attributes }): Tensor | null | undefined {
    if (!x && !source) return null;
    return apply(scatterAt, [
      x ?? filled(0, base.shape, source!),
      index,
      source ?? filled(0, values.shape, x!),
    ], attributes);
  },
};

function cleared(ct: Tensor, index: Tensor, axis: number): Tensor {
  return apply(scatterAt, [ct, index, filled(0, index.shape, ct)], { axis, kind: "set" });
}

/** Where an element written at `index` was not overwritten by a later one. */
function stays(index: Tensor, axis: number, shape: Shape): Tensor {
  const count = index.shape[axis], options = { dtype: "i32" as const, backend: index.backend };
  const order = arange(count, undefined, options).reshape(index.shape.map((_, i) => i === axis ? count : 1));
  const places = order.expand(index.shape);
  const last = apply(scatterAt, [filled(0, shape, places), index, places], { axis, kind: "set" });
  return equal(apply(gatherAt, [last, index], { axis }), places);
}
