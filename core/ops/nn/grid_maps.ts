/** What {@link gridSample} computes of coordinates. Made in functions, since a bundle keeps what is called at the top. */
import { e } from "../../expr/e.ts";
import type { Expr } from "../../expr/expr.ts";
import { mapping } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** A map of what lies along an axis and of its extent. */
export type AxisMap = (at: Tensor, extent: Tensor) => Tensor;

/** Maps for corners that are aligned and for such that are not. */
export interface CornerMaps {
  /** For -1 and 1 in the middles of the outermost elements. */
  readonly aligned: AxisMap;
  /** For -1 and 1 at their outer edges. */
  readonly free: AxisMap;
}

/** How a mode reads around a place. */
export interface GridMode {
  /** Which elements, counted from the one at or before the place. */
  readonly taps: readonly number[];
  /** What a place is rounded to. */
  readonly base: (place: Tensor) => Tensor;
  /** The weight at a place of one of the taps; `null` for 1. */
  readonly weight: ((place: Tensor, tap: Tensor) => Tensor) | null;
  /** Whether it is the elements that are padded, not the place. */
  readonly padsElements?: boolean;
}

const x: Expr = /* @__PURE__ */ e.input(0), y: Expr = /* @__PURE__ */ e.input(1);

/** From coordinates to places, counted in elements; NaN is the first edge, as in PyTorch's documentation. */
function makePlaces(): CornerMaps {
  const fromEdge = e.add(e.select(e.isNaN(x), -1, x), 1);
  return {
    aligned: mapping("place", e.mul(e.div(fromEdge, 2), e.sub(y, 1))),
    free: mapping("place", e.div(e.sub(e.mul(fromEdge, y), 1), 2)),
  };
}

// PyTorch takes the outermost elements to lie beyond the edge already, where a place has no gradient; NaN becomes 0.
function clippedTo(at: Expr): AxisMap {
  const last = e.sub(y, 1);
  return mapping("clip", e.select(e.lt(0, at), e.select(e.lt(at, last), at, last), 0));
}

/** Mirrored at both ends as often as it takes. */
function mirrored(low: number, span: Expr): Expr {
  const from = e.abs(e.sub(x, low)), turns = e.floor(e.div(from, span));
  const rest = e.sub(from, e.mul(turns, span)), isEven = e.eq(e.mul(e.floor(e.div(turns, 2)), 2), turns);
  return e.add(e.select(isEven, rest, e.sub(span, rest)), low);
}

/** Where places are read instead. */
function makePaddings(): Readonly<Record<"zeros" | "border" | "reflection", CornerMaps>> {
  const asTheyAre: AxisMap = (at) => at, clipped = clippedTo(x);
  return {
    zeros: { aligned: asTheyAre, free: asTheyAre },
    border: { aligned: clipped, free: clipped },
    reflection: {
      aligned: clippedTo(mirrored(0, e.sub(y, 1))),
      free: clippedTo(mirrored(-0.5, y)),
    },
  };
}

/** Cubic convolution (Keys, 1981) with -¾, at a place x, of the element y behind the one at or before it. */
function cubic(fraction: Expr): Expr {
  const d = e.select(e.le(y, 0), e.sub(fraction, y), e.sub(y, fraction));
  const near = e.add(e.mul(e.mul(e.sub(e.mul(1.25, d), 2.25), d), d), 1);
  const far = e.add(e.mul(e.sub(e.mul(e.sub(3.75, e.mul(0.75, d)), d), 6), d), 3);
  return e.select(e.eq(e.mul(y, e.sub(y, 1)), 0), near, far);
}

function makeModes(): Readonly<Record<"bilinear" | "nearest" | "bicubic", GridMode>> {
  const base = mapping("floor", e.floor(x));
  // A place that overflowed is beyond every edge: its weights count for nothing, but must not be NaN.
  const fraction = e.select(e.isFinite(x), e.sub(x, e.floor(x)), 0);
  const linear = e.select(e.eq(y, 0), e.sub(1, fraction), fraction);
  return {
    bilinear: { taps: [0, 1], base, weight: mapping("bilinear", linear) },
    nearest: { taps: [0], base: mapping("round", e.round(x)), weight: null },
    bicubic: {
      taps: [-1, 0, 1, 2],
      base,
      weight: mapping("bicubic", cubic(fraction)),
      padsElements: true,
    },
  };
}

interface Elements {
  /** Whether there is an element, as at a number from 0 up to an extent. */
  readonly isInside: AxisMap;
  /** Its index; 0 where there is none. */
  readonly index: AxisMap;
}

function makeElements(): Elements {
  const isInside = e.and(e.le(0, x), e.lt(x, y));
  return {
    isInside: mapping("isInside", isInside),
    index: mapping("index", e.cast(e.select(isInside, x, 0), "i32")),
  };
}

/** Places from coordinates. */
export const gridPlaces: CornerMaps = /* @__PURE__ */ makePlaces();
/** What lies beyond the edge, by its name. */
export const gridPaddings: ReturnType<typeof makePaddings> = /* @__PURE__ */ makePaddings();
/** How elements between others are found, by name. */
export const gridModes: ReturnType<typeof makeModes> = /* @__PURE__ */ makeModes();
/** Elements from places that were rounded. */
export const gridElements: Elements = /* @__PURE__ */ makeElements();
