/** Walking strided views. */
import { coalesce, isContiguous, sizeOf, type View } from "@tapegrad/core/backend";
import { isRepeated } from "./views.ts";

/** Loops through views of one shape. */
export interface Loops {
  /** Extents, as few as the views allow. */
  readonly shape: readonly number[];
  /** The strides of each view along `shape`. */
  readonly strides: readonly (readonly number[])[];
}

/** Loops with the position of each view's first element. */
export interface Walk extends Loops {
  /** How many elements. */
  readonly size: number;
  /** Where each view starts in its buffer. */
  readonly starts: readonly number[];
}

const ZERO = [0], ONE = [1];

/** The fewest loops over views of one shape. */
export function walkOf(views: readonly View[], shape: readonly number[]): Walk {
  const size = sizeOf(shape), starts: number[] = [], strides: (readonly number[])[] = [];
  for (const view of views) {
    const flat = flatStrides(view);
    if (flat) strides.push(flat);
    starts.push(view.offset);
  }
  if (strides.length === views.length) return { shape: [size], strides, size, starts };
  return { ...coalesce(views.map((v) => v.strides), shape), size, starts };
}

// Those of one element after another, or of one for all; what has one element is both.
function flatStrides(view: View): readonly number[] | null {
  return isContiguous(view) ? ONE : isRepeated(view) ? ZERO : null;
}

/**
 * Visits all but the last `inner` loops in order, calling `visit` with the positions that the inner
 * loops start from. The array is reused.
 */
export function eachOuter(
  walk: Walk,
  inner: number,
  visit: (positions: readonly number[]) => void,
): void {
  const rank = walk.shape.length - inner;
  const at = [...walk.starts];
  if (rank <= 0 || walk.size === 1) return visit(at);
  const count = new Array<number>(rank).fill(0);
  for (let left = sizeOf(walk.shape.slice(0, rank)); left > 0; left--) {
    visit(at);
    for (let axis = rank - 1; axis >= 0; axis--) {
      advance(at, walk.strides, axis, 1);
      if (++count[axis] < walk.shape[axis]) break;
      advance(at, walk.strides, axis, -walk.shape[axis]);
      count[axis] = 0;
    }
  }
}

/**
 * Visits all but the last loop in order, calling `visit` with the positions that the last one starts from, the
 * steps that each view takes in it, and how many there are. The first two arrays are reused.
 */
export function eachInner(
  walk: Walk,
  visit: (starts: readonly number[], steps: readonly number[], count: number) => void,
): void {
  const last = walk.shape.length - 1, steps = walk.strides.map((s) => s[last] ?? 0);
  const count = last < 0 ? 1 : walk.shape[last];
  eachOuter(walk, 1, (starts) => visit(starts, steps, count));
}

function advance(at: number[], strides: Loops["strides"], axis: number, by: number): void {
  for (let k = 0; k < at.length; k++) at[k] += strides[k][axis] * by;
}

/**
 * Whether at least so many of the outermost loops' last one lie next to each other, and what goes on inside of each
 * further apart: then it pays to run along them.
 */
export function suitsAcross(outer: Loops, inner: Loops, least: number): boolean {
  const last = outer.shape.length - 1, depth = inner.shape.length - 1;
  if (last < 0 || depth < 0 || outer.shape[last] < least) return false;
  return furthest(outer, last) < furthest(inner, depth);
}

function furthest({ strides }: Loops, axis: number): number {
  return Math.max(...strides.map((steps) => Math.abs(steps[axis])));
}
