/** Lanes of views that are too large to be bound. */
import { contiguousStrides, input, type View } from "@tapegrad/core/backend";
import { otherAxes } from "../../common/views.ts";
import type { Gpu } from "../kernels/kernel.ts";
import { map } from "../kernels/map.ts";
import { halvesOf, longestAxis } from "./pieces.ts";

/** What a view has at the start of axes. */
export function atStart(view: View, axes: readonly number[]): View {
  return { ...view, shape: view.shape.map((n, axis) => axes.includes(axis) ? Math.min(n, 1) : n) };
}

/** The views with one half of their lanes along `axes`, and with the other, cut where `large` is longest. */
export function halvesAcross(views: readonly View[], large: View, axes: readonly number[]): View[][] {
  const axis = longestAxis(atStart(large, axes)), halves = views.map((view) => halvesOf(view, axis));
  return [0, 1].map((i) => halves.map((pair) => pair[i]));
}

/** A buffer seen in a shape so that the elements along an axis are neighbours. */
export function laneAfterLane(buffer: View, shape: readonly number[], axis: number): View {
  const order = [...otherAxes(shape.length, [axis]), axis];
  const steps = contiguousStrides(order.map((i) => shape[i]));
  return { ...buffer, shape, strides: shape.map((_, i) => steps[order.indexOf(i)]) };
}

/** Runs `op` on as many lanes of views at once as can be bound; the first view is what it writes. */
export function inLanes(
  gpu: Gpu,
  op: string,
  axis: number,
  views: readonly View[],
  run: (views: readonly View[]) => void,
): void {
  const large = views.find((view) => !gpu.fits(view));
  if (!large) return run(views.map((view) => gpu.fit(op, view)));
  const others = otherAxes(large.shape.length, [axis]);
  if (!gpu.fits(atStart(large, others))) return onCopies(gpu, op, axis, views, run);
  for (const half of halvesAcross(views, large, [axis])) inLanes(gpu, op, axis, half, run);
}

const identity = input(0);

// A lane whose elements are far apart may fit if they are neighbours.
function onCopies(
  gpu: Gpu,
  op: string,
  axis: number,
  views: readonly View[],
  run: (views: readonly View[]) => void,
): void {
  const copies = views.map(({ dtype, shape }) => laneAfterLane(gpu.temporary(dtype, shape), shape, axis));
  const others = otherAxes(views[0].shape.length, [axis]);
  const long = copies.findIndex((copy) => !gpu.fits(atStart(copy, others)));
  if (long >= 0) gpu.fit(op, copies[long]);
  views.forEach((view, k) => k > 0 && map(gpu, identity, [view], copies[k]));
  inLanes(gpu, op, axis, copies, run);
  map(gpu, identity, [copies[0]], views[0]);
  copies.forEach((copy) => gpu.release(copy));
}
