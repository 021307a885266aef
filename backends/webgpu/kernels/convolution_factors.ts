/** The arrays of convolutions, as they take part in contractions. */
import type { Shape, View } from "@tapegrad/core/backend";
import type { Affine, Bound, Contraction, Factor } from "./contraction_loops.ts";

type Places = Partial<Affine>;

// A place with a step for each loop: 0 unless said.
function placeIn(loops: Contraction["loops"], { from = 0, ...steps }: Places): Affine {
  const none = (counts: readonly number[]) => counts.map(() => 0);
  const { batch = none(loops.batch), m = none(loops.m), n = none(loops.n), k = none(loops.k) } = steps;
  return { from, batch, m, n, k };
}

/** An array that takes part, whose place begins at its offset unless said, with bounds. */
export function factor(
  loops: Contraction["loops"],
  view: View,
  place: Places,
  bounds: readonly (Omit<Bound, "place"> & { readonly place: Places })[] = [],
): Factor {
  const within = bounds.map((bound) => ({ ...bound, place: placeIn(loops, bound.place) }));
  return { view, place: placeIn(loops, { from: view.offset, ...place }), bounds: within };
}

/** Steps of the loops over something and the axes, of which only the i-th axis moves. */
export function onlyAxis(axes: readonly unknown[], i: number, step: number, lead = 1): number[] {
  return [...new Array<number>(lead).fill(0), ...axes.map((_, axis) => axis === i ? step : 0)];
}

/** Element by element. */
export function products(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, i) => x * b[i]);
}

/** Their sum. */
export function dot(a: readonly number[], b: readonly number[]): number {
  return products(a, b).reduce((sum, x) => sum + x, 0);
}

/** The extents and the strides along the axes that windows slide along. */
export function partsOf({ shape, strides }: View): readonly [Shape, readonly number[]] {
  return [shape.slice(2), strides.slice(2)];
}

/** The bias of each channel of a result. */
export function biasFactor(loops: Contraction["loops"], bias: View | undefined): Factor | null {
  if (!bias) return null;
  const [step] = bias.strides, [rows] = loops.m, batch = [rows * step, ...loops.batch.slice(1).map(() => 0)];
  return factor(loops, bias, { batch, m: [step] });
}
