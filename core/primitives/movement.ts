/** Data movement: copies into a new layout, built on the backend's map; and overlap-add. */
import { ShapeError, showShape } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import { sliceLayout } from "../base/layout.ts";
import { apply } from "../call/apply.ts";
import { runKernel } from "../call/launch.ts";
import { nothing, type Parts, type Primitive, primitive, type TensorType } from "../call/op.ts";
import type { Backend, View } from "../device/backend.ts";
import { constant, input } from "../expr/expr.ts";
import { add } from "../expr/scalars/arithmetic.ts";
import { or } from "../expr/scalars/logic.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { AxisAttributes, FoldAttributes, MapAttributes, PadAttributes } from "./attributes.ts";
import { allFront, front } from "./batching.ts";
import { narrow, pad, slice, unfold } from "./functions.ts";
import { map, viewThrough } from "./map.ts";

const copying: MapAttributes = { name: "copy", exprs: [input(0)] };

/** Copies elements of a view into another of its shape, by the backend's map. */
export function copyInto(backend: Backend, from: View, to: View): void {
  if (sizeOf(to.shape) > 0) runKernel(map, backend, [from], [to], copying);
}

function fill(backend: Backend, output: View, value: number): void {
  runKernel(map, backend, [], [output], { name: "fill", exprs: [constant(value)] });
}

/** The same elements, row-major in memory of their own. */
export const contiguousCopy: Primitive<null> = primitive({
  name: "contiguous",
  linear: true,
  infer: ([{ shape, dtype, backend }]) => ({ shape, dtype, backend }),
  compose: (backend, [x], [output]) => copyInto(backend, x, output),
  vjp: ([ct]) => [ct],
  saves: () => nothing,
  batch: (inputs, axes) => ({ outputs: [apply(contiguousCopy, inputs, null)], axes }),
});

/** Tensors one after another along an axis. */
export const concatenate: Primitive<AxisAttributes> = primitive({
  name: "concat",
  linear: true,
  infer(inputs, { axis }): TensorType {
    const [{ shape, dtype, backend }] = inputs;
    const extent = inputs.reduce((n, t) => n + t.shape[axis], 0);
    return { shape: shape.map((n, i) => i === axis ? extent : n), dtype, backend };
  },
  compose(backend, inputs, [output], { axis }): void {
    let start = 0;
    for (const x of inputs) {
      copyInto(backend, x, viewThrough(output, rangeOf(output, axis, start, x.shape[axis])));
      start += x.shape[axis];
    }
  },
  vjp([ct], { inputs, attributes: { axis } }, wanted): Parts {
    let start = 0;
    return inputs.map(({ shape }, i) => {
      const from = start;
      start += shape[axis];
      return ct && wanted[i] ? narrow(ct, axis, from, shape[axis]) : null;
    });
  },
  saves: () => nothing,
  batch: (inputs, axes, { axis }) => ({
    outputs: [apply(concatenate, allFront(inputs, axes), { axis: axis + 1 })],
    axes: [0],
  }),
});

function rangeOf(view: View, axis: number, start: number, count: number): View {
  const starts = view.shape.map((_, i) => i === axis ? start : 0);
  const counts = view.shape.map((n, i) => i === axis ? count : n);
  return viewThrough(view, sliceLayout(view, starts, counts, view.shape.map(() => 1)));
}

/** Elements with a constant around and between them: the adjoint of a slice. */
export const padding: Primitive<PadAttributes> = primitive({
  name: "pad",
  infer([x], { low, high, interior }): TensorType {
    const shape = x.shape.map((n, i) => low[i] + high[i] + spread(n, interior[i]));
    return { shape, dtype: x.dtype, backend: x.backend };
  },
  compose(backend, [x], [output], { low, interior, value }): void {
    fill(backend, output, value);
    const steps = interior.map((n) => n + 1);
    copyInto(backend, x, viewThrough(output, sliceLayout(output, low, x.shape, steps)));
  },
  vjp([ct], { inputs: [{ shape }], attributes: { low, interior } }): Parts {
    return [ct && slice(ct, { starts: low, counts: shape, steps: interior.map((n) => n + 1) })];
  },
  saves: () => nothing,
  jvp: ([t], { attributes }) => [t && pad(t, { ...attributes, value: 0 })],
  batch: (inputs, axes, { low, high, interior, value }) =>
    front(
      inputs,
      axes,
      (x) => pad(x, { low: [0, ...low], high: [0, ...high], interior: [0, ...interior], value }),
    ),
});

function spread(n: number, interior: number): number {
  return n === 0 ? 0 : (n - 1) * (interior + 1) + 1;
}

/** Overlap-add of windows: the adjoint of `unfold`. */
export const folding: Primitive<FoldAttributes> = primitive({
  name: "fold",
  linear: true,
  infer([x], { axis, step, extent }): TensorType {
    checkFold(x, axis, step, extent);
    const shape = x.shape.slice(0, -1).map((n, i) => i === axis ? extent : n);
    return { shape, dtype: x.dtype, backend: x.backend };
  },
  // One place of all windows at a time: those do not overlap.
  compose(backend, [x], [output], { axis, step }): void {
    fill(backend, output, 0);
    const adding = x.dtype === "bool" ? disjoining : summing, last = x.shape.length - 1;
    for (let place = 0; x.shape[axis] > 0 && place < x.shape[last]; place++) {
      const from = placeOfWindows(x, last, place), to = everyStep(output, axis, place, step, x.shape[axis]);
      runKernel(map, backend, [to, from], [to], adding);
    }
  },
  vjp: ([ct], { inputs: [{ shape }], attributes }) => [ct && foldAdjoint(ct, shape, attributes)],
  saves: () => nothing,
  batch: (inputs, axes, { axis, step, extent }) =>
    front(inputs, axes, (x) => apply(folding, [x], { axis: axis + 1, step, extent })),
});

const summing: MapAttributes = { name: "fold", exprs: [add(input(0), input(1))] };
const disjoining: MapAttributes = { name: "fold", exprs: [or(input(0), input(1))] };

function placeOfWindows(x: View, last: number, place: number): View {
  const { shape, strides, offset } = x;
  return viewThrough(x, {
    shape: shape.slice(0, last),
    strides: strides.slice(0, last),
    offset: offset + place * strides[last],
  });
}

function everyStep(view: View, axis: number, start: number, step: number, count: number): View {
  const { shape, strides, offset } = view;
  return viewThrough(view, {
    shape: shape.with(axis, count),
    strides: strides.with(axis, step * strides[axis]),
    offset: offset + start * strides[axis],
  });
}

function foldAdjoint(ct: Tensor, shape: readonly number[], { axis, step, extent }: FoldAttributes): Tensor {
  const windows = shape[axis], size = shape[shape.length - 1];
  const reached = unfold(ct, { axis, size, step });
  return windows === Math.floor((extent - size) / step) + 1 ? reached : narrow(reached, axis, 0, windows);
}

function checkFold({ shape }: TensorType, axis: number, step: number, extent: number): void {
  const windows = shape[axis], size = shape[shape.length - 1];
  if (windows === 0 || (windows - 1) * step + size <= extent) return;
  throw new ShapeError(
    `Cannot fold ${showShape(shape)} along axis ${axis} into extent ${extent}: ` +
      `${windows} windows of ${size} every ${step} need ${(windows - 1) * step + size}`,
    { op: "fold", shapes: [shape] },
  );
}
