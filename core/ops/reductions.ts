/** Reductions over axes. */
import { defineOp } from "../define/composite.ts";
import { asTensor, checkFloating } from "../define/operands.ts";
import { apply } from "../call/apply.ts";
import { dtypes, isFloating } from "../base/dtype.ts";
import { registerFunctions } from "../call/catalog.ts";
import { DtypeError } from "../base/errors.ts";
import { identity, reduce, reducedCount } from "../primitives/reduce.ts";
import type { ElementExpr, ReduceKind } from "../primitives/attributes.ts";
import { checkSetting } from "../base/settings.ts";
import { e } from "../expr/e.ts";
import { normalizeAxes, normalizeAxis, reducedShape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { abs } from "./magnitude.ts";
import { div, pow, sqrt, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { exp, log } from "./math.ts";
import { reshape } from "./shape.ts";
import { leftToDivide, squaresAround } from "./spread.ts";
import { widened } from "./widen.ts";

/** One axis or several, counted from the end if negative; all of them if left out. */
export type Axes = number | readonly number[];

/** What reductions may be told. */
export interface ReduceOptions {
  /** Keep reduced axes with extent 1. */
  readonly keepDims?: boolean;
}

/** A reduction over axes. */
export type ReduceOp = (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor;

function reduceWith(kind: ReduceKind, x: Tensor, axes: Axes | undefined, options: ReduceOptions): Tensor {
  return reduceMap(kind, identity, [x], normalizeAxes(kind, axes, x.rank), options);
}

function reduceMap(
  kind: ReduceKind,
  { name, expr }: ElementExpr,
  inputs: readonly Tensor[],
  axes: readonly number[],
  options: ReduceOptions,
): Tensor {
  const result = apply(reduce, inputs, { kind, name, expr, axes });
  return options.keepDims ? reshape(result, reducedShape(inputs[0].shape, axes, true)) : result;
}

/**
 * Sum over axes, all unless said; 0 of nothing. Bools are counted in i32, integers stay what they are and
 * wrap. An axis that does not exist or is named twice is a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { sum, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await sum(x).item(), 10);
 * assertEquals(await sum(x, 0).array(), [4, 6]);
 * assertEquals(sum(x, -1, { keepDims: true }).shape, [2, 1]);
 * ```
 */
export const sum: ReduceOp = defineOp("sum", (x, axes, options = {}) => reduceWith("sum", x, axes, options));

/**
 * Product over axes, all unless said; 1 of nothing. Bools are multiplied in i32, integers wrap. Its gradient
 * is right with zeros among the factors.
 *
 * @example
 * ```ts
 * import { prod, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([0, 2, 3]);
 * const p = prod(x);
 * p.backward();
 * assertEquals(await p.item(), 0);
 * assertEquals(await x.grad!.array(), [6, 0, 0]);
 * ```
 */
export const prod: ReduceOp = defineOp(
  "prod",
  (x, axes, options = {}) => reduceWith("prod", x, axes, options),
);

/**
 * Largest element over axes, all unless said; NaN if there is one. Ties share the gradient. Of nothing it is
 * a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { max, ShapeError, variable, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const x = variable([2, 2, 1]);
 * max(x).backward();
 * assertEquals(await x.grad!.array(), [0.5, 0.5, 0]);
 * assertThrows(() => max(zeros([0])), ShapeError, "no elements to choose from");
 * ```
 */
export const max: ReduceOp = defineOp("max", (x, axes, options = {}) => reduceWith("max", x, axes, options));

/**
 * Smallest element over axes, all unless said; NaN if there is one. Ties share the gradient. Of nothing it
 * is a {@link ShapeError}.
 */
export const min: ReduceOp = defineOp("min", (x, axes, options = {}) => reduceWith("min", x, axes, options));

/**
 * Whether any element over axes, all unless said, is non-zero, as bool; false of nothing.
 *
 * @example
 * ```ts
 * import { any, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[0, 0], [0, 2]]);
 * assertEquals(await any(x, 1).array(), [false, true]);
 * assertEquals(await any(zeros([0])).array(), false);
 * ```
 */
export const any: ReduceOp = defineOp("any", (x, axes, options = {}) => reduceWith("any", x, axes, options), {
  differentiable: false,
});

/** Whether all elements over axes, all unless said, are non-zero, as bool; true of nothing. */
export const all: ReduceOp = defineOp("all", (x, axes, options = {}) => reduceWith("all", x, axes, options), {
  differentiable: false,
});

function position(
  kind: "argmax" | "argmin",
  x: Tensor,
  axis: number | undefined,
  options: ReduceOptions,
): Tensor {
  if (axis === undefined) {
    const at = reduceWith(kind, reshape(x, [-1]), 0, {});
    return options.keepDims ? reshape(at, x.shape.map(() => 1)) : at;
  }
  return reduceWith(kind, x, normalizeAxis(kind, axis, x.rank), options);
}

/** A position along an axis. */
export type PositionOp = (x: Tensor, axis?: number, options?: ReduceOptions) => Tensor;

/**
 * Position of the first largest element along an axis, or in the flattened tensor, as i32; a NaN is the
 * largest. Of nothing it is a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { argmax, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await argmax(tensor([1, NaN, 2])).item(), 1);
 * const x = tensor([[1, 5, 5], [7, 2, 0]]);
 * assertEquals(await argmax(x).item(), 3);
 * assertEquals(await argmax(x, 1).array(), [1, 0]);
 * ```
 */
export const argmax: PositionOp = defineOp(
  "argmax",
  (x, axis, options = {}) => position("argmax", x, axis, options),
  { differentiable: false },
);

/**
 * Position of the first smallest element along an axis, or in the flattened tensor, as i32; a NaN is the
 * smallest. Of nothing it is a {@link ShapeError}.
 */
export const argmin: PositionOp = defineOp(
  "argmin",
  (x, axis, options = {}) => position("argmin", x, axis, options),
  { differentiable: false },
);

/**
 * Mean over axes, all unless said; NaN of nothing. Integers are a {@link DtypeError}: cast them first.
 *
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
});

/** What variance and standard deviation may be told. */
export interface VarianceOptions extends ReduceOptions {
  /** What is taken off the count before dividing: 1 for the unbiased estimate, 0 for the mean square. */
  readonly correction?: number;
}

/** A measure of spread over axes. */
export type VarianceOp = (x: Tensor, axes?: Axes, options?: VarianceOptions) => Tensor;

/**
 * Variance over axes, all unless said: Σ(x - mean)²/(n - correction), unbiased unless `correction` is 0; NaN
 * where nothing is left to divide by. Integers are a {@link DtypeError}.
 *
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
});

export {
  /** {@link variance}, as PyTorch calls it. */
  variance as var,
};
registerFunctions({ var: 1 }, { dtypes: dtypes.filter(isFloating) });

/**
 * The square root of the {@link variance} over axes, all unless said; the gradient of 0 is 0. Integers are
 * a {@link DtypeError}.
 */
export const std: VarianceOp = defineOp(
  "std",
  (x, axes, options = {}) => widened(x, (values) => rootAwayFromZero(variance(values, axes, options), 2)),
);

/**
 * log Σ eˣ over axes, all unless said, taking the largest element out first; -Infinity of nothing or of
 * -Infinity alone. Integers are a {@link DtypeError}.
 *
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
});

/** What {@link norm} may be told. */
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
 * (Σ|x|ᵖ)^(1/p) over axes, all unless said, with p of `order`, 2 unless said; the gradient of the 2-norm at
 * 0 is 0. Integers are a {@link DtypeError}.
 *
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
    checkSetting("take the norm", "order", order);
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
);

// At 0 the root has an infinite slope; there the norm is 0 and its gradient is taken to be 0.
function rootAwayFromZero(total: Tensor, order: number): Tensor {
  const isZero = total.detach().equal(0);
  const safe = where(isZero, 1, total);
  return where(isZero, 0, order === 2 ? sqrt(safe) : pow(safe, 1 / order));
}
