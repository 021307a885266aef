/** Views of what a step makes, followed to what it is made of. */
import { coalesce } from "../../base/layout.ts";
import type { Place } from "../program/parts.ts";

/** An axis that has to be two, the inner one of so many elements, for a view to be followed. */
export interface Split {
  readonly axis: number;
  readonly by: number;
}

/**
 * Where in `others` the elements are that a view shows of `made`: layouts of one shape, whose elements correspond. A
 * split of an axis of the view that has to come first, or `null` where no strides tell it.
 */
export function through(view: Place, made: Place, others: readonly Place[]): readonly Place[] | Split | null {
  const radix = radixOf(made, others), start = radix && digitsOf(view.offset - made.offset, radix);
  if (!radix || !start) return null;
  const { shape, strides } = view, count = shape.length;
  const digits: (readonly number[])[] = [];
  for (let j = 0; j < count; j++) {
    const found = shape[j] === 1 ? radix.steps.map(() => 0) : digitsOf(Math.abs(strides[j]), radix);
    if (!found) return null;
    digits.push(strides[j] < 0 ? found.map((d) => -d) : found);
  }
  const over = radix.shape.findIndex((extent, i) =>
    !isWithin(extent, start[i], digits.map((d) => d[i]), shape)
  );
  if (over >= 0) return splitOf(radix.shape[over], digits.map((d) => d[over]), shape);
  const along = (to: readonly number[], by: readonly number[]): number =>
    by.reduce((sum, d, i) => sum + d * to[i], 0);
  return others.map(({ offset }, m) => ({
    shape,
    strides: digits.map((by) => along(radix.others[m], by)),
    offset: offset + along(radix.others[m], start),
  }));
}

/** Axes of what is made from the largest step to the smallest, each within a step of the one before. */
interface Radix {
  readonly shape: readonly number[];
  readonly steps: readonly number[];
  /** The steps of the other layouts along the same axes. */
  readonly others: readonly (readonly number[])[];
}

function radixOf({ shape, strides }: Place, others: readonly Place[]): Radix | null {
  const axes = shape.map((_, i) => i).filter((i) => shape[i] > 1).sort((a, b) => strides[b] - strides[a]);
  const pick = (list: readonly number[]): number[] => axes.map((i) => list[i]);
  const loops = coalesce([pick(strides), ...others.map((other) => pick(other.strides))], pick(shape));
  const [steps, ...rest] = loops.strides;
  const nested = steps.every((step, i) =>
    step > 0 && (i === steps.length - 1 || step >= steps[i + 1] * loops.shape[i + 1])
  );
  return nested ? { shape: loops.shape, steps, others: rest } : null;
}

function digitsOf(distance: number, { steps }: Radix): readonly number[] | null {
  let rest = distance;
  const digits = steps.map((step) => {
    const digit = Math.floor(rest / step);
    rest -= digit * step;
    return digit;
  });
  return rest === 0 ? digits : null;
}

// Whether an axis is not left, wherever in the view one is.
function isWithin(
  extent: number,
  start: number,
  steps: readonly number[],
  shape: readonly number[],
): boolean {
  let low = start, high = start;
  steps.forEach((step, j) => {
    const reach = step * (shape[j] - 1);
    low += Math.min(reach, 0);
    high += Math.max(reach, 0);
  });
  return low >= 0 && high < extent;
}

function splitOf(extent: number, steps: readonly number[], shape: readonly number[]): Split | null {
  for (let axis = 0; axis < shape.length; axis++) {
    const by = extent / steps[axis];
    if (steps[axis] > 0 && Number.isInteger(by) && by > 1 && by < shape[axis] && shape[axis] % by === 0) {
      return { axis, by };
    }
  }
  return null;
}

/** A place with one of its axes as two. */
export function splitPlace<P extends Place>(place: P, { axis, by }: Split): P {
  const { shape, strides } = place;
  return {
    ...place,
    shape: shape.toSpliced(axis, 1, shape[axis] / by, by),
    strides: strides.toSpliced(axis, 1, strides[axis] * by, strides[axis]),
  };
}

/** Whether places see the same elements in the same order; strides of axes of one element do not count. */
export function samePlace(a: Place, b: Place): boolean {
  return a.offset === b.offset && a.shape.length === b.shape.length &&
    a.shape.every((n, i) => n === b.shape[i] && (n === 1 || a.strides[i] === b.strides[i]));
}

/** Whether no element is seen twice. */
export function isInjective({ shape, strides }: Place): boolean {
  const axes = shape.map((_, i) => i).filter((i) => shape[i] > 1);
  axes.sort((a, b) => Math.abs(strides[a]) - Math.abs(strides[b]));
  let reach = 0;
  for (const i of axes) {
    const step = Math.abs(strides[i]);
    if (step <= reach) return false;
    reach += step * (shape[i] - 1);
  }
  return true;
}
