/** Means, measures of spread and norms over axes. */
import { dtypes, isFloating } from "../base/dtype.ts";
import { DtypeError } from "../base/errors.ts";
import { checkSetting } from "../base/settings.ts";
import { normalizeAxes, reducedShape } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import { defineOp } from "../define/composite.ts";
import { asTensor, checkFloating } from "../define/operands.ts";
import { e } from "../expr/e.ts";
import type { ElementExpr } from "../primitives/attributes.ts";
import { identity, reducedCount } from "../primitives/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div, pow, sqrt, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { abs } from "./magnitude.ts";
import { exp, log } from "./math.ts";
import { leftToDivide, reduceMap, reducing, squaresAround } from "./reducing.ts";
import { type Axes, max, min, type ReduceOp, type ReduceOptions, sum } from "./reductions.ts";
import { reshape } from "./shape.ts";
import { widened } from "./widen.ts";

/**
 * Mean over axes, all unless said; NaN of nothing. Integers are a {@link DtypeError}: cast them first.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { DtypeError, mean, tensor, to, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const x = variable([[1, 2], [3, 6]]);
 * const y = mean(x);
 * y.backward();
 * assertEquals(await y.item(), 3);
 * assertEquals(await x.grad!.array(), [[0.25, 0.25], [0.25, 0.25]]);
 * assertThrows(() => mean(tensor([1, 2], { dtype: "i32" })), DtypeError, 'to("f32")');
 * ```
 */
export const mean: ReduceOp = defineOp("mean", (x, axes, options = {}) => {
  if (!isFloating(x.dtype)) {
    throw new DtypeError(`Cannot take the mean of ${x.dtype}: it would be rounded, cast with to("f32")`, {
      op: "mean",
      dtypes: [x.dtype],
    });
  }
  const over = normalizeAxes("mean", axes, x.rank), count = reducedCount(x.shape, over);
  return widened(x, (values) => div(reduceMap("sum", identity, [values], over, options), count));
}, { known: reducing });

/**
 * What variance and standard deviation may be told.
 *
 * @category Reductions
 */
export interface VarianceOptions extends ReduceOptions {
  /** What is taken off the count before dividing: 1 for the unbiased estimate, 0 for the mean square. */
  readonly correction?: number;
}

const measuring = { correction: 1, ...reducing };

/**
 * A measure of spread over axes.
 *
 * @category Reductions
 */
export type VarianceOp = (x: Tensor, axes?: Axes, options?: VarianceOptions) => Tensor;

/**
 * Variance over axes, all unless said: Σ(x - mean)²/(n - correction), unbiased unless `correction` is 0; NaN
 * where nothing is left to divide by. Integers are a {@link DtypeError}.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { tensor, variance } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 2, 3, 6]);
 * assertEquals(await variance(x, undefined, { correction: 0 }).item(), 3.5);
 * assertAlmostEquals(await variance(x).item(), 14 / 3, 1e-6);
 * assertEquals(await variance(tensor([1])).item(), NaN);
 * ```
 */
export const variance: VarianceOp = defineOp("variance", (x, axes, { correction = 1, ...options } = {}) => {
  checkSetting("take the variance", "correction", correction);
  checkFloating("variance", x);
  const over = normalizeAxes("variance", axes, x.rank);
  return widened(x, (values) => {
    const spread = squaresAround(values, mean(values, over, { keepDims: true }), over);
    const kept = options.keepDims ? reshape(spread, reducedShape(x.shape, over, true)) : spread;
    return div(kept, leftToDivide(x.shape, over, correction));
  });
}, { known: measuring });

export {
  /** {@link variance}, as PyTorch calls it. */
  variance as var,
};
registerFunctions({ var: 1 }, { dtypes: dtypes.filter(isFloating) });

/**
 * The square root of the {@link variance} over axes, all unless said; the gradient of 0 is 0. Integers are
 * a {@link DtypeError}.
 *
 * @category Reductions
 */
export const std: VarianceOp = defineOp(
  "std",
  (x, axes, options = {}) => widened(x, (values) => rootAwayFromZero(variance(values, axes, options), 2)),
  { known: measuring },
);

/**
 * log Σ eˣ over axes, all unless said, taking the largest element out first; -Infinity of nothing or of
 * -Infinity alone. Integers are a {@link DtypeError}.
 * It is `torch.special.logsumexp`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { logSumExp, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = variable([1000, 1000]);
 * const y = logSumExp(x);
 * y.backward();
 * assertAlmostEquals(await y.item(), 1000 + Math.LN2, 1e-4);
 * assertEquals(await x.grad!.array(), [0.5, 0.5]); // its gradient is the softmax
 * ```
 */
export const logSumExp: ReduceOp = defineOp("logSumExp", (x, axes, options = {}) => {
  checkFloating("logSumExp", x);
  const over = normalizeAxes("logSumExp", axes, x.rank);
  if (reducedCount(x.shape, over) === 0) return log(sum(x, over, options));
  return widened(x, (values) => {
    const top = max(values.detach(), over, { keepDims: true });
    const shift = where(top.abs().equal(Infinity), 0, top);
    const total = log(sum(exp(sub(values, shift)), over, options));
    return total.add(options.keepDims ? shift : reshape(shift, total.shape));
  });
}, { known: reducing });

/**
 * What {@link norm} may be told.
 *
 * @category Reductions
 */
export interface NormOptions extends ReduceOptions {
  /** p of the p-norm: 2 unless said; 0 counts non-zeros, ±Infinity takes the extreme magnitude. */
  readonly order?: number;
}

const magnitude: ElementExpr = { name: "abs", expr: e.abs(e.input(0)) };
const squares: ElementExpr = { name: "square", expr: e.square(e.input(0)) };
const nonZero: ElementExpr = { name: "nonZero", expr: e.select(e.ne(e.input(0), 0), 1, 0) };
const powers: ElementExpr = { name: "pow", expr: e.pow(e.abs(e.input(0)), e.input(1)) };

// |x|ᵖ for p below 1, infinite at 0 for p below 0: at 0 its slope is infinite, and its gradient is taken to be 0.
const isZero = e.eq(e.input(0), 0);
const flatPowers: ElementExpr = {
  name: "pow",
  expr: e.select(
    isZero,
    e.select(e.lt(e.input(1), 0), Infinity, 0),
    e.pow(e.select(isZero, 1, e.abs(e.input(0))), e.input(1)),
  ),
};

function powersOf(order: number): ElementExpr {
  return order < 1 ? flatPowers : powers;
}

/**
 * (Σ|x|ᵖ)^(1/p) over axes, all unless said, with p of `order`, 2 unless said: `torch.linalg.vector_norm`. The
 * gradient of the 2-norm at 0 is 0. Integers are a {@link DtypeError}.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { norm, stack, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([3, -4, 0]);
 * const orders = [0, 1, 2, Infinity].map((order) => norm(x, undefined, { order }));
 * assertEquals(await stack(orders).array(), [2, 7, 5, 4]);
 * const zero = variable([0, 0]);
 * norm(zero).backward();
 * assertEquals(await zero.grad!.array(), [0, 0]);
 * ```
 */
export const norm: (x: Tensor, axes?: Axes, options?: NormOptions) => Tensor = defineOp(
  "norm",
  (x, axes, { order = 2, ...options } = {}) => {
    checkSetting("take the norm", "order", order, -Infinity, Infinity);
    checkFloating("norm", x);
    const over = normalizeAxes("norm", axes, x.rank);
    if (order === 0) return reduceMap("sum", nonZero, [x], over, options).to(x.dtype);
    if (order === 1) return reduceMap("sum", magnitude, [x], over, options);
    if (order === Infinity) return max(abs(x), over, options);
    if (order === -Infinity) return min(abs(x), over, options);
    return widened(x, (values) => {
      const total = order === 2
        ? reduceMap("sum", squares, [values], over, options)
        : reduceMap("sum", powersOf(order), [values, asTensor(order, values)], over, options);
      return rootAwayFromZero(total, order);
    });
  },
  { known: { order: 2, ...reducing } },
);

// At 0 the root has an infinite slope; there the norm is 0 and its gradient is taken to be 0.
function rootAwayFromZero(total: Tensor, order: number): Tensor {
  const isZero = total.detach().equal(0);
  const safe = where(isZero, 1, total);
  return where(isZero, 0, order === 2 ? sqrt(safe) : pow(safe, 1 / order));
}
