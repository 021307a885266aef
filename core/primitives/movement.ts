/** Data movement: copies into a new layout, built on the backend's map; and overlap-add. */
import type { Backend, View } from "../device/backend.ts";
import { apply } from "../call/apply.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { constant, input } from "../expr/expr.ts";
import { narrow } from "../ops/shape.ts";
import type { Primitive, Signature } from "../call/op.ts";
import { sizeOf, sliceLayout } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { viewThrough } from "./map.ts";
import { sliceView, unfoldView } from "./views.ts";

const identity = input(0);

function copy(backend: Backend, from: View, to: View): void {
  if (sizeOf(to.shape) > 0) backend.map(identity, [from], to);
}

/** The same elements, row-major in memory of their own. */
export const contiguousCopy: Primitive<null> = {
  name: "contiguous",
  linear: true,
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  run: (backend, [x], output) => copy(backend, x, output),
  vjp: (ct) => ct,
  needs: () => 0,
};

/** Tensors one after another along an axis. */
export const concatenate: Primitive<{ readonly axis: number }> = {
  name: "concat",
  linear: true,
  infer(inputs, { axis }): Signature {
    const [{ shape, dtype }] = inputs;
    const extent = inputs.reduce((n, t) => n + t.shape[axis], 0);
    return { shape: shape.map((n, i) => i === axis ? extent : n), dtype };
  },
  run(backend, inputs, output, { axis }): void {
    let start = 0;
    for (const x of inputs) {
      copy(backend, x, viewThrough(output, rangeOf(output, axis, start, x.shape[axis])));
      start += x.shape[axis];
    }
  },
  vjp(ct, { inputs, attributes: { axis } }, i): Tensor | null {
    const start = inputs.slice(0, i).reduce((n, t) => n + t.shape[axis], 0);
    return narrow(ct, axis, start, inputs[i].shape[axis]);
  },
  needs: () => 0,
};

function rangeOf(view: View, axis: number, start: number, count: number): View {
  const starts = view.shape.map((_, i) => i === axis ? start : 0);
  const counts = view.shape.map((n, i) => i === axis ? count : n);
  return viewThrough(view, sliceLayout(view, starts, counts, view.shape.map(() => 1)));
}

/** How many elements of `value` go before, behind and between the elements along each axis. */
export interface PadAttributes {
  /** Before the first. */
  readonly low: readonly number[];
  /** Behind the last. */
  readonly high: readonly number[];
  /** Between neighbours. */
  readonly interior: readonly number[];
  /** What is put there. */
  readonly value: number;
}

/** Elements with a constant around and between them: the adjoint of a slice. */
export const pad: Primitive<PadAttributes> = {
  name: "pad",
  infer([x], { low, high, interior }): Signature {
    return { shape: x.shape.map((n, i) => low[i] + high[i] + spread(n, interior[i])), dtype: x.dtype };
  },
  run(backend, [x], output, { low, interior, value }): void {
    backend.map(constant(value), [], output);
    const steps = interior.map((n) => n + 1);
    copy(backend, x, viewThrough(output, sliceLayout(output, low, x.shape, steps)));
  },
  vjp(ct, { inputs, attributes: { low, interior } }): Tensor | null {
    return apply(sliceView, [ct], {
      starts: low,
      counts: inputs[0].shape,
      steps: interior.map((n) => n + 1),
    });
  },
  needs: () => 0,
  jvp: ([t], { attributes }) => t && apply(pad, [t], { ...attributes, value: 0 }),
};

function spread(n: number, interior: number): number {
  return n === 0 ? 0 : (n - 1) * (interior + 1) + 1;
}

/** Where overlap-add puts its windows. */
export interface FoldAttributes {
  /** The axis that counts windows; their elements are the last axis of the input. */
  readonly axis: number;
  /** Distance between the starts of windows. */
  readonly step: number;
  /** Extent of the result along the axis. */
  readonly extent: number;
}

/** Overlap-add of windows: the adjoint of `unfold`. */
export const fold: Primitive<FoldAttributes> = {
  name: "fold",
  linear: true,
  infer([x], { axis, step, extent }): Signature {
    checkFold(x, axis, step, extent);
    return { shape: x.shape.slice(0, -1).map((n, i) => i === axis ? extent : n), dtype: x.dtype };
  },
  run: (backend, [x], output, { axis, step }) => backend.fold(x, axis, step, output),
  vjp(ct, { inputs, attributes: { axis, step, extent } }): Tensor | null {
    const windows = inputs[0].shape[axis], size = inputs[0].shape[inputs[0].rank - 1];
    const reached = apply(unfoldView, [ct], { axis, size, step });
    return windows === Math.floor((extent - size) / step) + 1 ? reached : narrow(reached, axis, 0, windows);
  },
  needs: () => 0,
};

function checkFold(x: Tensor, axis: number, step: number, extent: number): void {
  const windows = x.shape[axis], size = x.shape[x.rank - 1];
  if (windows === 0 || (windows - 1) * step + size <= extent) return;
  throw new ShapeError(
    `Cannot fold ${showShape(x.shape)} along axis ${axis} into extent ${extent}: ` +
      `${windows} windows of ${size} every ${step} need ${(windows - 1) * step + size}`,
    { op: "fold", shapes: [x.shape] },
  );
}
