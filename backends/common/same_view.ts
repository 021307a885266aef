import { sameShape, type View } from "@tapegrad/core";

/** Whether two views are the same elements in the same order. */
export function isSameView(a: View, b: View): boolean {
  return a.buffer === b.buffer && a.offset === b.offset && sameShape(a.shape, b.shape) &&
    sameShape(a.strides, b.strides);
}
