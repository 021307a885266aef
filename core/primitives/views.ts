/** Views: other layouts of the same memory, without a kernel. Each is linear, and its adjoint is a view or a movement. */
import { described } from "../base/text.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import {
  contiguousLayout,
  expandLayout,
  type Layout,
  permuteLayout,
  reshapeLayout,
  sliceLayout,
} from "../base/layout.ts";
import type { Shape } from "../base/shape.ts";
import { apply } from "../call/apply.ts";
import { nothing, type Primitive, primitive, type TensorType } from "../call/op.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { PermuteAttributes, ShapeAttributes, SliceAttributes, UnfoldAttributes } from "./attributes.ts";
import { front } from "./batching.ts";
import { fold, pad, permute, reshape, slice, sumTo } from "./functions.ts";
import { viewThrough } from "./map.ts";
import { copyInto } from "./movement.ts";

export type { SliceAttributes };

/** The rules of one view. */
interface ViewRules<A> {
  readonly name: string;
  readonly layout: (input: Layout, attributes: A) => Layout | null;
  readonly shape: (input: Shape, attributes: A) => Shape;
  readonly adjoint: (ct: Tensor, input: TensorType, attributes: A) => Tensor;
  /** The attributes for an input with a batch in front. */
  readonly batched: (attributes: A, size: number) => A;
}

/** What views share: they are linear, save no value, and bring a batch to the front, unless it is their own affair. */
function view<A>(
  { name, layout, shape, adjoint, batched }: ViewRules<A>,
  own: Partial<Primitive<A>> = {},
): Primitive<A> {
  const op: Primitive<A> = primitive({
    name,
    linear: true,
    view: layout,
    infer: ([x], attributes) => ({ shape: shape(x.shape, attributes), dtype: x.dtype, backend: x.backend }),
    vjp: ([ct], { inputs, attributes }) => [ct && adjoint(ct, inputs[0], attributes)],
    saves: () => nothing,
    batch: (inputs, axes, attributes) =>
      front(inputs, axes, (x) => apply(op, [x], batched(attributes, x.shape[0]))),
    ...own,
  });
  return op;
}

/** Another shape of the same elements, which are copied where they lie too far apart. */
export const reshapeView: Primitive<ShapeAttributes> = view({
  name: "reshape",
  layout: (x, { shape }) => reshapeLayout(x, shape),
  shape: (_, { shape }) => shape,
  adjoint: (ct, x) => reshape(ct, x.shape),
  batched: ({ shape }, size) => ({ shape: [size, ...shape] }),
}, {
  compose: (backend, [x], [output]) =>
    copyInto(backend, x, viewThrough(output, { ...contiguousLayout(x.shape), offset: output.offset })),
});

/** Axes in another order. */
export const permuteView: Primitive<PermuteAttributes> = view({
  name: "permute",
  layout: (x, { axes }) => permuteLayout(x, axes),
  shape: (shape, { axes }) => axes.map((i) => shape[i]),
  adjoint: (ct, _x, { axes }) => permute(ct, axes.map((_, i) => axes.indexOf(i))),
  batched: ({ axes }) => ({ axes: [0, ...axes.map((i) => i + 1)] }),
});

/** Repeated to a shape. */
export const expandView: Primitive<ShapeAttributes> = view({
  name: "expand",
  layout: (x, { shape }) => expandLayout(x, shape),
  shape: (_, { shape }) => shape,
  adjoint: (ct, x) => sumTo(ct, x.shape),
  batched: ({ shape }, size) => ({ shape: [size, ...shape] }),
}, {
  batch: (inputs, axes, { shape }) =>
    front(inputs, axes, (x) => {
      const [size, ...rest] = x.shape, lead = new Array<number>(shape.length - rest.length).fill(1);
      return apply(expandView, [reshape(x, [size, ...lead, ...rest])], { shape: [size, ...shape] });
    }),
});

/** Every `step`-th element per axis. */
export const sliceView: Primitive<SliceAttributes> = view({
  name: "slice",
  layout: (x, { starts, counts, steps }) => sliceLayout(x, starts, counts, steps),
  shape: (_, { counts }) => counts,
  adjoint: sliceAdjoint,
  batched: ({ starts, counts, steps }, size) => ({
    starts: [0, ...starts],
    counts: [size, ...counts],
    steps: [1, ...steps],
  }),
});

function sliceAdjoint(ct: Tensor, x: TensorType, { starts, counts, steps }: SliceAttributes): Tensor {
  if (ct.size === 0) return filled(0, x.shape, ct);
  const turned = steps.some((s) => s < 0)
    ? slice(ct, {
      starts: counts.map((n, i) => steps[i] < 0 ? n - 1 : 0),
      counts,
      steps: steps.map((s) => s < 0 ? -1 : 1),
    })
    : ct;
  const low = starts.map((s, i) => steps[i] < 0 ? s + (counts[i] - 1) * steps[i] : s);
  const interior = steps.map((s, i) => counts[i] > 1 ? Math.abs(s) - 1 : 0);
  const high = x.shape.map((n, i) => n - low[i] - (counts[i] - 1) * (interior[i] + 1) - 1);
  return pad(turned, { low, high, interior, value: 0 });
}

/** Sliding windows as a new last axis. */
export const unfoldView: Primitive<UnfoldAttributes> = view({
  name: "unfold",
  layout: unfoldLayout,
  shape: (shape, attributes) => unfoldLayout(contiguousLayout(shape), attributes).shape,
  adjoint: (ct, x, { axis, step }) => fold(ct, { axis, step, extent: x.shape[axis] }),
  batched: ({ axis, size, step }) => ({ axis: axis + 1, size, step }),
});

function unfoldLayout(x: Layout, { axis, size, step }: UnfoldAttributes): Layout {
  const extent = x.shape[axis];
  if (!(Number.isInteger(size) && size > 0 && size <= extent && Number.isInteger(step) && step > 0)) {
    throw new ShapeError(
      `Cannot unfold ${showShape(x.shape)} along axis ${axis} into windows of ${described(size)} every ${
        described(step)
      }: ` +
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

/** The same elements as another tensor: a stand-in with a place of its own on the tape. */
export const aliasView: Primitive<null> = view({
  name: "alias",
  layout: (x) => x,
  shape: (shape) => shape,
  adjoint: (ct) => ct,
  batched: () => null,
});
