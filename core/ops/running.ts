/** Differences of neighbours, and the running logarithm of a sum of exponentials. */
import { checkInteger, checkOptions } from "../base/settings.ts";
import { normalizeAxis } from "../base/shape.ts";
import { dtypes } from "../base/dtype.ts";
import { defineOp } from "../define/composite.ts";
import { checkFloating } from "../define/operands.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, sub } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { equal, notEqual } from "./comparison.ts";
import { cummax, type CumulativeOp, linearRecurrence } from "./cumulative.ts";
import { concat } from "./joining.ts";
import { abs, minimum } from "./magnitude.ts";
import { exp, log } from "./math.ts";
import { reshape } from "./shape.ts";
import { widened } from "./widen.ts";
import { narrow } from "./windows.ts";

/**
 * log Σ eˣ of the elements so far along an axis, of the shape of x, taking the largest so far out first:
 * `torch.logcumsumexp`. Integers are a {@link DtypeError}.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { logcumsumexp, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await logcumsumexp(tensor([-1000, 0, 1000]), 0).array(), [-1000, 0, 1000]);
 * ```
 */
export const logcumsumexp: CumulativeOp = defineOp("logcumsumexp", (x, axis) => {
  checkFloating("logcumsumexp", x);
  const at = normalizeAxis("logcumsumexp", axis, x.rank);
  if (x.rank === 0) return reshape(logcumsumexp(reshape(x, [1]), 0), []);
  if (x.size === 0) return x;
  return widened(x, (values) => {
    const top = cummax(values.detach(), at).values, shift = where(equal(abs(top), Infinity), 0, top);
    const before = concat([narrow(shift, at, 0, 1), narrow(shift, at, 0, x.shape[at] - 1)], at);
    // What is so far is told by the largest so far; after -Infinity alone there is nothing yet.
    const factor = exp(minimum(sub(before, shift), 0));
    return add(log(linearRecurrence(factor, exp(sub(values, shift)), at)), shift);
  });
});

/**
 * What {@link diff} may be told.
 *
 * @category Sorting and scans
 */
export interface DiffOptions {
  /** How many times differences are taken; 1 unless said. */
  readonly n?: number;
  /** Along which axis; the last unless said. */
  readonly axis?: number;
  /** What is put before the elements along the axis first. */
  readonly prepend?: Tensor;
  /** What is put behind them first. */
  readonly append?: Tensor;
}

/**
 * Each element less the one before it along an axis, n times: `torch.diff`. Of bools it is whether they differ.
 *
 * @category Sorting and scans
 * @example
 * ```ts
 * import { diff, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 2, 4, 7]);
 * assertEquals(await diff(x).array(), [1, 2, 3]);
 * assertEquals(await diff(x, { n: 2 }).array(), [1, 1]);
 * assertEquals(await diff(x, { prepend: tensor([0]) }).array(), [1, 1, 2, 3]);
 * ```
 */
export const diff: (x: Tensor, options?: DiffOptions) => Tensor = defineOp("diff", (x, options) => {
  checkOptions("diff", options, { n: 1, axis: 0, prepend: null, append: null });
  const { n = 1, axis = -1, prepend, append } = options ?? {};
  checkInteger("diff", "n", n, 0);
  const at = normalizeAxis("diff", axis, x.rank),
    parts = [prepend, x, append].filter((part) => part !== undefined);
  let values = n === 0 || parts.length === 1 ? x : concat(parts, at);
  for (let left = n; left > 0 && (values.shape[at] !== 0 || left === n); left--) {
    const extent = Math.max(0, values.shape[at] - 1), start = Math.min(1, values.shape[at]);
    const [after, before] = [narrow(values, at, start, extent), narrow(values, at, 0, extent)];
    values = (values.dtype === "bool" ? notEqual : sub)(after, before);
  }
  return values;
}, { dtypes });
