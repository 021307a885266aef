/** Sequences that are made, continued and evaluated, and whether tensors agree. */
import { dtypes } from "../base/dtype.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import { checkInteger, checkOptions, checkSetting } from "../base/settings.ts";
import { normalizeAxis, sameShape } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { add, mul, remainder, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { equal, greater, isFinite, isNaN, less, lessEqual } from "./comparison.ts";
import { type CreationOptions, fromArray } from "./creation.ts";
import { cumsum } from "./cumulative.ts";
import { concat } from "./joining.ts";
import { logicalAnd, logicalOr } from "./logic.ts";
import { unbind } from "./pieces.ts";
import { abs } from "./magnitude.ts";
import { all, type Axes, max, min, type ReduceOptions } from "./reductions.ts";
import { reducing } from "./reducing.ts";
import { diff } from "./running.ts";
import { narrow } from "./windows.ts";

/**
 * What {@link logspace} may be told.
 *
 * @category Creation
 */
export interface LogspaceOptions extends CreationOptions {
  /** What is raised: 10 unless said. */
  readonly base?: number;
}

function evenly(
  op: string,
  count: number,
  options: CreationOptions,
  at: (part: number) => number,
): Tensor {
  checkInteger(op, "count", count, 0, Number.MAX_SAFE_INTEGER);
  const numbers = Float64Array.from({ length: count }, (_, i) => at(count === 1 ? 0 : i / (count - 1)));
  return fromArray(numbers, [count], { dtype: "f32", ...options });
}

/**
 * `count` powers of a base, 10 unless said, whose exponents are evenly spread from `start` to `end`: `torch.logspace`.
 *
 * @category Creation
 * @example
 * ```ts
 * import { geomspace, logspace } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await logspace(0, 2, 3).array(), [1, 10, 100]);
 * assertEquals(await geomspace(1, 8, 4).array(), [1, 2, 4, 8]);
 * ```
 */
export function logspace(
  start: number,
  end: number,
  count: number,
  { base = 10, ...options }: LogspaceOptions = {},
): Tensor {
  checkSetting("logspace", "base", base);
  return evenly("logspace", count, options, (t) => base ** (start + (end - start) * t));
}

/**
 * `count` numbers from `start` to `end`, each as many times as large as the one before; as `numpy.geomspace`. Both are
 * positive or both negative, else it is a RangeError.
 *
 * @category Creation
 */
export function geomspace(start: number, end: number, count: number, options: CreationOptions = {}): Tensor {
  const ratio = end / start;
  if (!(ratio > 0)) {
    throw new RangeError(`Cannot geomspace from ${start} to ${end}: both must be of one sign`);
  }
  return evenly("geomspace", count, options, (t) => t === 1 ? end : start * ratio ** t);
}

/**
 * What {@link unwrap} may be told.
 *
 * @category Sorting and scans
 */
export interface UnwrapOptions {
  /** Along which axis: the last unless said. */
  readonly axis?: number;
  /** What may be added any number of times: 2π unless said. */
  readonly period?: number;
  /** From which difference on something is: half a period unless said. */
  readonly discontinuity?: number;
}

/**
 * Angles with multiples of a period added, so that neighbours differ by no more than half of it; as `numpy.unwrap`.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { tensor, unwrap } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await unwrap(tensor([350, 10, 30]), { period: 360 }).array(), [350, 370, 390]);
 * ```
 */
export function unwrap(x: Tensor, options: UnwrapOptions = {}): Tensor {
  checkTensor("unwrap", x);
  checkOptions("unwrap", options, { axis: 0, period: 1, discontinuity: 0 });
  const { period = 2 * Math.PI, discontinuity = period / 2 } = options, half = period / 2;
  checkSetting("unwrap", "period", period, Number.MIN_VALUE);
  const axis = normalizeAxis("unwrap", options.axis ?? -1, x.rank);
  if (x.shape[axis] < 2) return x;
  const steps = diff(x, { axis }), wrapped = sub(remainder(add(steps, half), period), half);
  // Half a period upwards stays so.
  const small = where(logicalAnd(equal(wrapped, -half), greater(steps, 0)), half, wrapped);
  const added = where(less(abs(steps), discontinuity), 0, sub(small, steps));
  const first = narrow(x, axis, 0, 1), rest = narrow(x, axis, 1, x.shape[axis] - 1);
  return concat([first, add(rest, cumsum(added, axis))], axis);
}

/**
 * A polynomial at x, of coefficients in a vector, the highest power first; as `numpy.polyval`.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { polyval, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await polyval(tensor([3, 0, 1]), tensor([0, 2])).array(), [1, 13]);
 * ```
 */
export function polyval(coefficients: Tensor, x: Tensor): Tensor {
  checkTensor("polyval", coefficients);
  checkTensor("polyval", x);
  if (coefficients.rank !== 1) {
    throw new ShapeError(
      `Cannot polyval of coefficients of ${showShape(coefficients.shape)}: a vector is needed`,
      { op: "polyval", shapes: [coefficients.shape] },
    );
  }
  let value = filled(0, x.shape, x);
  for (const coefficient of unbind(coefficients)) value = add(mul(value, x), coefficient);
  return value;
}

/**
 * How close is close.
 *
 * @category Reductions
 */
export interface ClosenessOptions {
  /** How much they may differ as a part of the second: 1e-5 unless said. */
  readonly relative?: number;
  /** And beside that: 1e-8 unless said. */
  readonly absolute?: number;
  /** Whether NaN is close to NaN. */
  readonly equalNaN?: boolean;
}

/**
 * Where a is close to b, elementwise, |a - b| ≤ absolute + relative·|b|, or equal: `torch.isclose`.
 *
 * @category Reductions
 * @example
 * ```ts
 * import { allClose, allEqual, isClose, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([1, NaN]), b = tensor([1.000001, NaN]);
 * assertEquals(await isClose(a, b).array(), [true, false]);
 * assertEquals(await allClose(a, b, { equalNaN: true }), true);
 * assertEquals(await allEqual(a.slice([0, 1]), tensor([1])), true);
 * ```
 */
export function isClose(a: Tensor, b: Tensor, options: ClosenessOptions = {}): Tensor {
  checkTensor("isClose", a);
  checkTensor("isClose", b);
  checkOptions("isClose", options, { relative: 0, absolute: 0, equalNaN: false });
  const { relative = 1e-5, absolute = 1e-8, equalNaN = false } = options;
  const error = abs(sub(a, b)), allowed = add(mul(abs(b), relative), absolute);
  const close = logicalOr(equal(a, b), logicalAnd(isFinite(error), lessEqual(error, allowed)));
  return equalNaN ? logicalOr(close, logicalAnd(isNaN(a), isNaN(b))) : close;
}

/**
 * Whether all elements are close, as {@link isClose} says: `torch.allclose`.
 *
 * @category Reductions
 */
export async function allClose(a: Tensor, b: Tensor, options: ClosenessOptions = {}): Promise<boolean> {
  return Boolean(await all(isClose(a, b, options)).item());
}

/**
 * Whether shapes and all elements are equal: `torch.equal`. NaN equals nothing.
 *
 * @category Reductions
 */
export async function allEqual(a: Tensor, b: Tensor): Promise<boolean> {
  checkTensor("allEqual", a);
  checkTensor("allEqual", b);
  return sameShape(a.shape, b.shape) && Boolean(await all(equal(a, b)).item());
}

/**
 * The smallest and the largest.
 *
 * @category Reductions
 */
export interface Extrema {
  /** The smallest. */
  readonly min: Tensor;
  /** The largest. */
  readonly max: Tensor;
}

/**
 * The smallest and the largest element over axes, all unless said: `torch.aminmax`.
 *
 * @category Reductions
 */
export function aminmax(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Extrema {
  checkTensor("aminmax", x);
  checkOptions("aminmax", options, reducing);
  return { min: min(x, axes, options), max: max(x, axes, options) };
}

registerFunctions({ logspace: 0, geomspace: 0 }, { dtypes });
registerFunctions({ unwrap: 1, polyval: 2, aminmax: 1 });
registerFunctions({ isClose: 2, allClose: 2, allEqual: 2 }, { differentiable: false });
