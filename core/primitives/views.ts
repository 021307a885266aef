/** Views: other layouts of the same memory, without a kernel. Each is linear and its adjoint is an op here or next door. */
import { apply } from "../call/apply.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { fold, pad } from "./movement.ts";
import { sum } from "../ops/reductions.ts";
import { filled } from "../tensor/constants.ts";
import type { Primitive } from "../call/op.ts";
import {
  expandLayout,
  type Layout,
  permuteLayout,
  repeatedAxes,
  reshapeLayout,
  type Shape,
  sliceLayout,
} from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What the view primitives share: linear, no value saved, shape by layout. */
function view<A>(
  name: string,
  layout: (input: Tensor, attributes: A) => Layout,
  vjp: (ct: Tensor, input: Tensor, attributes: A) => Tensor,
): Primitive<A> {
  return {
    name,
    linear: true,
    layout,
    infer: ([input], attributes) => ({ shape: layout(input, attributes).shape, dtype: input.dtype }),
    vjp: (ct, { inputs, attributes }) => vjp(ct, inputs[0], attributes),
    needs: () => 0,
  };
}

/** Another shape of the same elements; the input must be contiguous enough. */
export const reshapeView: Primitive<{ readonly shape: Shape }> = {
  ...view(
    "reshape",
    (x, { shape }) => reshapeLayout(x, shape)!,
    (ct, x) => ct.reshape(x.shape),
  ),
  // A tangent may lie in memory otherwise than the value, and then has to be copied.
  jvp: ([t], { attributes: { shape } }) => t && t.reshape(shape),
};

/** Axes in another order. */
export const permuteView: Primitive<{ readonly axes: readonly number[] }> = view(
  "permute",
  (x, { axes }) => permuteLayout(x, axes),
  (ct, _x, { axes }) => ct.permute(axes.map((_, i) => axes.indexOf(i))),
);

/** Repeated to a shape. */
export const expandView: Primitive<{ readonly shape: Shape }> = view(
  "expand",
  (x, { shape }) => expandLayout(x, shape),
  (ct, x) => sumTo(ct, x.shape),
);

/** Sums over the axes along which `shape` would have to be repeated to give the tensor's. */
export function sumTo(ct: Tensor, shape: Shape): Tensor {
  const axes = repeatedAxes(ct.shape, shape);
  return axes.length === 0 ? ct.reshape(shape) : sum(ct, axes).reshape(shape);
}

/** Start, count and step per axis; steps may be negative, not 0. */
export interface SliceAttributes {
  /** Index of the first element along each axis. */
  readonly starts: readonly number[];
  /** How many elements along each axis. */
  readonly counts: readonly number[];
  /** Distance between them along each axis. */
  readonly steps: readonly number[];
}

/** Every `step`-th element per axis. */
export const sliceView: Primitive<SliceAttributes> = view(
  "slice",
  (x, { starts, counts, steps }) => sliceLayout(x, starts, counts, steps),
  sliceAdjoint,
);

function sliceAdjoint(ct: Tensor, x: Tensor, { starts, counts, steps }: SliceAttributes): Tensor {
  if (ct.size === 0) return filled(0, x.shape, ct);
  const turned = steps.some((s) => s < 0)
    ? apply(sliceView, [ct], {
      starts: counts.map((n, i) => steps[i] < 0 ? n - 1 : 0),
      counts,
      steps: steps.map((s) => s < 0 ? -1 : 1),
    })
    : ct;
  const low = starts.map((s, i) => steps[i] < 0 ? s + (counts[i] - 1) * steps[i] : s);
  const interior = steps.map((s, i) => counts[i] > 1 ? Math.abs(s) - 1 : 0);
  const high = x.shape.map((n, i) => n - low[i] - (counts[i] - 1) * (interior[i] + 1) - 1);
  return apply(pad, [turned], { low, high, interior, value: 0 });
}

/** Windows along an axis: `size` elements every `step`. */
export interface UnfoldAttributes {
  /** Along which axis. */
  readonly axis: number;
  /** Elements in a window. */
  readonly size: number;
  /** Distance between the starts of windows. */
  readonly step: number;
}

/** Sliding windows as a new last axis. */
export const unfoldView: Primitive<UnfoldAttributes> = view(
  "unfold",
  unfoldLayout,
  (ct, x, { axis, step }) => apply(fold, [ct], { axis, step, extent: x.shape[axis] }),
);

function unfoldLayout(x: Layout, { axis, size, step }: UnfoldAttributes): Layout {
  const extent = x.shape[axis];
  if (!(Number.isInteger(size) && size > 0 && size <= extent && Number.isInteger(step) && step > 0)) {
    throw new ShapeError(
      `Cannot unfold ${showShape(x.shape)} along axis ${axis} into windows of ${size} every ${step}: ` +
        `size must be 1 to ${extent} and step at least 1`,
      { op: "unfold", shapes: [x.shape] },
    );
  }
  const count = Math.floor((extent - size) / step) + 1;
  return {
    shape: [...x.shape.map((n, i) => i === axis ? count : n), size],
    strides: [...x.strides.map((s, i) => i === axis ? s * step : s), x.strides[axis]],
    offset: x.offset,
  };
}
