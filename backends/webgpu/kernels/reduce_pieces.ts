/** Cutting reductions of views that are too large to be bound. */
import type { Expr, ReduceKind, View } from "@tapegrad/core/backend";
import { otherAxes } from "../../common/views.ts";
import type { Gpu } from "./kernel.ts";
import { atStart } from "../walk/lane_pieces.ts";
import { halvesOf, longestAxis } from "../walk/pieces.ts";

/** What is asked for. */
export interface Reduction {
  readonly kind: ReduceKind;
  readonly expr: Expr;
  readonly axes: readonly number[];
}

/** A block of the views of a reduction that has all lanes. */
export interface Piece {
  readonly views: readonly View[];
  /** The place of its first element among those of a lane. */
  readonly place: number;
}

/** Cuts a piece along the axes that are reduced until all views can be bound. */
export function piecesOf(gpu: Gpu, job: Reduction, { views, place }: Piece): Piece[] {
  const large = views.find((view) => !gpu.fits(view));
  if (!large) return [{ views, place }];
  const axis = cutAxis(job, large), halves = views.map((view) => halvesOf(view, axis));
  const [first, second] = [0, 1].map((i) => halves.map((pair) => pair[i]));
  const between = job.axes.reduce((n, a) => n * first[0].shape[a], 1);
  return [
    ...piecesOf(gpu, job, { views: first, place }),
    ...piecesOf(gpu, job, { views: second, place: place + between }),
  ];
}

// Places go on where blocks lie one after another along the first axis.
function cutAxis({ kind, axes }: Reduction, view: View): number {
  if (kind === "argmax" || kind === "argmin") return axes.find((axis) => view.shape[axis] > 1) ?? axes[0];
  const others = otherAxes(view.shape.length, axes);
  return longestAxis(atStart(view, others));
}
