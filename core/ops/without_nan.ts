/** Sums and means that leave NaN out. */
import { isFloating } from "../base/dtype.ts";
import { normalizeAxes } from "../base/shape.ts";
import { defineOp } from "../define/composite.ts";
import { checkFloating } from "../define/operands.ts";
import { e } from "../expr/e.ts";
import type { ElementExpr } from "../primitives/attributes.ts";
import { div } from "./arithmetic.ts";
import { to } from "./convert.ts";
import { reduceMap, reducing } from "./reducing.ts";
import { type ReduceOp, sum } from "./reductions.ts";
import { widened } from "./widen.ts";

const isNaN = e.isNaN(e.input(0));
const numbers: ElementExpr = { name: "nansum", expr: e.select(isNaN, 0, e.input(0)) };
const counted: ElementExpr = { name: "not NaN", expr: e.select(isNaN, 0, 1) };

/**
 * Sum over axes, all unless said, of what is no NaN: `torch.nansum`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { nanmean, nansum, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, NaN, 3], [NaN, NaN, NaN]]);
 * assertEquals(await nansum(x, 1).array(), [4, 0]);
 * assertEquals(await nanmean(x, 1).array(), [2, NaN]);
 * ```
 */
export const nansum: ReduceOp = defineOp("nansum", (x, axes, options = {}) => {
  if (!isFloating(x.dtype)) return sum(x, axes, options);
  return reduceMap("sum", numbers, [x], normalizeAxes("nansum", axes, x.rank), options);
}, { known: reducing });

/**
 * Mean over axes, all unless said, of what is no NaN; NaN of nothing else. It is `torch.nanmean`.
 *
 * @category Reductions
 */
export const nanmean: ReduceOp = defineOp("nanmean", (x, axes, options = {}) => {
  checkFloating("nanmean", x);
  const over = normalizeAxes("nanmean", axes, x.rank);
  return widened(x, (values) => {
    const [total, count] = [numbers, counted].map((of) => reduceMap("sum", of, [values], over, options));
    return div(total, to(count, values.dtype));
  });
}, { known: reducing });
