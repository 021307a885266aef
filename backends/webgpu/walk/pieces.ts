/** Cutting views that are too large to be bound. */
import type { View } from "@tapegrad/core/backend";

/** The axis along which a view spans most of its buffer. */
export function longestAxis({ shape, strides }: View): number {
  const spans = strides.map((step, axis) => Math.abs(step) * (shape[axis] - 1));
  return spans.indexOf(Math.max(...spans));
}

/** The first and the second half of a view along an axis. */
export function halvesOf(view: View, axis: number): readonly [View, View] {
  const { shape, strides, offset } = view, first = Math.ceil(shape[axis] / 2);
  return [
    { ...view, shape: shape.with(axis, first) },
    { ...view, shape: shape.with(axis, shape[axis] - first), offset: offset + first * strides[axis] },
  ];
}
