/** What contractions are told: loops, and the places that elements have by them. */
import { sizeOf, type View } from "@tapegrad/core/backend";

/** The loops: over results apart from each other, their rows, their columns, and what is summed. */
export const ranges = ["batch", "m", "n", "k"] as const;
/** One of these. */
export type Range = typeof ranges[number];

/** A place: where it begins, and the step of each loop. */
export interface Affine extends Readonly<Record<Range, readonly number[]>> {
  readonly from: number;
}

/** Places from 0 on that there are so many of. */
export interface Bound {
  readonly place: Affine;
  readonly extent: number;
}

/** An array as it takes part. */
export interface Factor {
  readonly view: View;
  /** Where in the array an element is. */
  readonly place: Affine;
  /** What must hold for it to be there: it is 0 elsewhere. */
  readonly bounds: readonly Bound[];
}

/** What is computed: `out[batch, m, n] = Σ over k of a[batch, m, k] · b[batch, k, n]`, and the bias of its row. */
export interface Contraction {
  readonly label: string;
  /** The extents of the loops. */
  readonly loops: Readonly<Record<Range, readonly number[]>>;
  readonly a: Factor;
  readonly b: Factor;
  /** Elements out of its bounds are not written. */
  readonly out: Factor;
  readonly bias: Factor | null;
  /** In how many slices the sums are computed, one after another along a first axis of `out`, and how long each is. */
  readonly slices?: number;
  readonly slice?: number;
}

/** How much each range has. */
export function sizesOf({ loops }: Contraction): Readonly<Record<Range, number>> {
  const [batch, m, n, k] = ranges.map((range) => sizeOf(loops[range]));
  return { batch, m, n, k };
}
