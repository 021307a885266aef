/** Functions of a point in the plane, whose slopes cancel or overflow if they come from quotients and squares. */
import type { Expr } from "../expr.ts";
import { binary, type BinaryBuilder, type Later, part } from "../scalar.ts";
import { abs, add, div, maximum, mul, neg, sub } from "./arithmetic.ts";
import { gt, select } from "./logic.ts";

export const hypot: BinaryBuilder = binary("hypot", [
  (ct, _y, a, b) => mul(ct, cosine(a, b)),
  (ct, _y, a, b) => mul(ct, cosine(b, a)),
], { result: "float", evaluate: Math.hypot });

export const atan2: BinaryBuilder = binary("atan2", [
  (ct, _y, a, b) => mul(ct, overSquares(b, a)),
  (ct, _y, a, b) => neg(mul(ct, overSquares(a, b))),
], { result: "float", evaluate: Math.atan2 });

/** a/√(a² + b²). */
const cosine: BinaryBuilder = part("cosine", [
  (ct, _y, a, b) => mul(ct, mul(cosine(b, a), div(cosine(b, a), hypot(a, b)))),
  (ct, y, a, b) => neg(mul(ct, div(mul(y, cosine(b, a)), hypot(a, b)))),
], {
  result: "float",
  evaluate: (a, b) => Math.hypot(a, b) < Infinity ? a / Math.hypot(a, b) : a / 4 / Math.hypot(a / 4, b / 4),
});

/** a/(a² + b²), divided twice by the root. */
const overSquares: BinaryBuilder = part("overSquares", [
  (ct, _y, a, b) => {
    const root = hypot(a, b), scaled = (x: Expr) => div(div(x, root), root);
    return mul(ct, mul(scaled(sub(b, a)), scaled(add(b, a))));
  },
  (ct, y, a, b) => mul(ct, mul(-2, mul(y, overSquares(b, a)))),
], {
  result: "float",
  evaluate: (a, b) => {
    const root = Math.hypot(a, b);
    return a / root / root;
  },
});

/** How they are computed where they are not known. */
export const later: Later = {
  cosine: {
    expand: (a, b) => {
      // The root of two large numbers may be too large.
      const scale = select(gt(maximum(abs(a), abs(b)), 1), 0.25, 1);
      return div(mul(a, scale), hypot(mul(a, scale), mul(b, scale)));
    },
  },
  overSquares: { expand: (a, b) => div(cosine(a, b), hypot(a, b)) },
};
