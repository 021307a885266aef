/** Views, and views of views. */
import { type DType, sameShape, type View } from "@tapegrad/core/backend";

/** Whether two views are the same elements in the same order. */
export function isSameView(a: View, b: View): boolean {
  return a.buffer === b.buffer && a.offset === b.offset && sameShape(a.shape, b.shape) &&
    sameShape(a.strides, b.strides);
}

/**
 * The view alone. Tensors are views whose buffer is no property of their own: kernels that make views of views need it
 * to be.
 */
export function plain({ buffer, dtype, shape, strides, offset }: View): View {
  return { buffer, dtype, shape, strides, offset };
}

/** A view of the same elements with other extents and strides. */
export function reshaped(
  { buffer, dtype, offset }: View,
  shape: readonly number[],
  strides: readonly number[],
): View {
  return { buffer, dtype, shape, strides, offset };
}

/** The axes of views of so many that are not among some. */
export function otherAxes(rank: number, axes: readonly number[]): number[] {
  const others: number[] = [];
  for (let axis = 0; axis < rank; axis++) if (!axes.includes(axis)) others.push(axis);
  return others;
}

/** A view along some of its axes, from its first element on. */
export function along(view: View, axes: readonly number[]): View {
  return reshaped(view, axes.map((axis) => view.shape[axis]), axes.map((axis) => view.strides[axis]));
}

/** The same view with axes along which it repeats put in, so that it has as many as views of `shape`. */
export function repeatedAlong(view: View, shape: readonly number[], axes: readonly number[]): View {
  let next = 0;
  return { ...view, shape, strides: shape.map((_, axis) => axes.includes(axis) ? 0 : view.strides[next++]) };
}

/** A view beside others of `shape`: a scalar is one for all, and what has the extents of some axes is repeated along the rest. */
export function spread(view: View, shape: readonly number[], axes: readonly number[]): View {
  const { length: rank } = view.shape;
  if (rank === shape.length) return view;
  return repeatedAlong(plain(view), shape, otherAxes(shape.length, rank === 0 ? [] : axes));
}

/** Whether a view is one element, however often. */
export function isRepeated({ shape, strides }: Pick<View, "shape" | "strides">): boolean {
  for (let axis = 0; axis < shape.length; axis++) if (strides[axis] !== 0 && shape[axis] !== 1) return false;
  return true;
}

/** The dtypes of views, as part of a kernel's key. */
export function dtypesOf(views: readonly Pick<View, "dtype">[]): DType[] {
  return views.map((v) => v.dtype);
}
