/** The line search of quasi-Newton methods. */
import type { Tensor } from "@tapegrad/core";

/** A loss along a line. */
export interface Point {
  /** How far along the line. */
  readonly t: number;
  /** The loss there. */
  readonly loss: number;
  /** Its gradient to all parameters, as one vector. */
  readonly gradient: Tensor;
  /** Its derivative along the line. */
  readonly slope: number;
  /** The largest element of the gradient. */
  readonly steepest: number;
}

/** What a search found, and how many points it looked at. */
export interface Found {
  /** The best point. */
  readonly point: Point;
  /** How many points it looked at. */
  readonly evaluations: number;
}

/** What a search goes by. */
export interface Search {
  /** The loss at a distance. */
  readonly at: (t: number) => Promise<Point>;
  /** Where it begins, at 0. */
  readonly start: Point;
  /** How far the direction moves an element at most. */
  readonly width: number;
  /** An interval is left that moves none by more. */
  readonly tolerance: number;
}

const DECREASE = 1e-4, CURVATURE = 0.9, MOST = 25;

function falls({ start }: Search, point: Point): boolean {
  return !(point.loss > start.loss + DECREASE * point.t * start.slope);
}

function isFlat({ start }: Search, point: Point): boolean {
  return Math.abs(point.slope) <= -CURVATURE * start.slope;
}

/**
 * A point that fulfils the strong conditions of Wolfe, from a first distance on, as PyTorch's search finds it (Nocedal
 * & Wright, 2006, algorithms 3.5 and 3.6): an interval that holds one, then the minimum of a cubic in it.
 */
export async function strongWolfe(search: Search, t: number): Promise<Found> {
  const { start, at } = search;
  let before = start, now = await at(t), tries = 0;
  for (; tries < MOST; tries++) {
    if (!falls(search, now) || (tries > 1 && now.loss >= before.loss)) {
      return zoom(search, [before, now], tries);
    }
    if (isFlat(search, now)) return { point: now, evaluations: tries + 1 };
    if (now.slope >= 0) return zoom(search, [before, now], tries);
    const next = cubicMinimum(before, now, [now.t + 0.01 * (now.t - before.t), now.t * 10]);
    [before, now] = [now, await at(next)];
  }
  return { point: start.loss <= now.loss ? start : now, evaluations: tries + 1 };
}

async function zoom(search: Search, bracket: [Point, Point], begun: number): Promise<Found> {
  let low = lower(bracket), tries = begun, stalled = false;
  while (tries < MOST && !(Math.abs(bracket[1].t - bracket[0].t) * search.width < search.tolerance)) {
    const inner = inside(bracket, stalled), now = await search.at(inner.t), high = 1 - low;
    stalled = inner.stalled;
    tries++;
    if (!falls(search, now) || now.loss >= bracket[low].loss) {
      bracket[high] = now;
      low = lower(bracket);
      continue;
    }
    if (isFlat(search, now)) return { point: now, evaluations: tries + 1 };
    if (now.slope * (bracket[high].t - bracket[low].t) >= 0) bracket[high] = bracket[low];
    bracket[low] = now;
  }
  return { point: bracket[low], evaluations: tries + 1 };
}

function lower([a, b]: readonly [Point, Point]): 0 | 1 {
  return a.loss <= b.loss ? 0 : 1;
}

// The minimum of the cubic; a tenth away from an end that it comes close to twice, or that it is.
function inside(bracket: readonly [Point, Point], stalled: boolean): { t: number; stalled: boolean } {
  const [a, b] = bracket, t = cubicMinimum(a, b), least = Math.min(a.t, b.t), most = Math.max(a.t, b.t);
  const margin = 0.1 * (most - least);
  if (Math.min(most - t, t - least) >= margin) return { t, stalled: false };
  if (!stalled && t < most && t > least) return { t, stalled: true };
  return { t: Math.abs(t - most) < Math.abs(t - least) ? most - margin : least + margin, stalled: false };
}

/** The minimum of the cubic through two points with their slopes, within bounds, which are the points unless said. */
export function cubicMinimum(a: Point, b: Point, bounds?: readonly [number, number]): number {
  const [least, most] = bounds ?? (a.t <= b.t ? [a.t, b.t] : [b.t, a.t]);
  const d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t), square = d1 ** 2 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sqrt(square), [p, q] = a.t <= b.t ? [a, b] : [b, a];
  const t = q.t - (q.t - p.t) * ((q.slope + d2 - d1) / (q.slope - p.slope + 2 * d2));
  return Math.min(Math.max(t, least), most);
}
