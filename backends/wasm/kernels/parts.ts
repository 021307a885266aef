/** Parts of operands along an axis, for threads to take. */
import { bytesPerElement, type Shape } from "@tapegrad/core/backend";
import type { Operand } from "./kernel.ts";

/** Along which axis operands are cut, and how many of its indices a part has at most. */
export interface Parts {
  readonly axis: number;
  readonly most: number;
}

/** A part takes about so many nanoseconds, and there are so many at most. */
const PART = 25_000, MOST = 64;
/** Along elements that lie next to each other a part has a multiple of so many: threads do not write to one line. */
const LINE = 16;

/** How something of a shape that takes so many nanoseconds is cut along one of some axes; null where it is not worth it. */
export function partsOf(shape: Shape, axes: readonly number[], nanoseconds: number): Parts | null {
  const wanted = Math.min(MOST, Math.ceil(nanoseconds / PART)), last = shape.length - 1;
  const axis = axes.find((one) => shape[one] >= wanted) ??
    axes.reduce((a, b) => a < 0 || shape[b] > shape[a] ? b : a, -1);
  if (axis < 0) return null;
  const each = axis === last ? LINE : 1, most = Math.ceil(shape[axis] / wanted / each) * each;
  return most < shape[axis] ? { axis, most } : null;
}

/** Visits the parts of so many indices: from which on, and how many. */
export function eachPart(extent: number, most: number, visit: (from: number, count: number) => void): void {
  for (let from = 0; from < extent; from += most) visit(from, Math.min(most, extent - from));
}

/** Of an operand what it has at some indices of an axis. */
export function partAlong(operand: Operand, axis: number, from: number, count: number): Operand {
  const { pointer, dtype, shape, strides } = operand;
  const start = pointer + from * strides[axis] * bytesPerElement(dtype);
  return { pointer: start, dtype, shape: shape.with(axis, count), strides };
}
