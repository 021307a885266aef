/** Elementwise functions whose expression depends on the dtype or on a count. */
import { type DType, dtypes, isFloating } from "../base/dtype.ts";
import { checkInteger, checkOptions } from "../base/settings.ts";
import { apply } from "../call/apply.ts";
import { defineOp } from "../define/composite.ts";
import { operandLike } from "../define/numbers.ts";
import { checkFloating } from "../define/operands.ts";
import { e } from "../expr/e.ts";
import { mapping } from "../primitives/functions.ts";
import { reduce } from "../primitives/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { arange } from "./ranges.ts";
import { unsqueeze } from "./shape.ts";
import { widened } from "./widen.ts";

/**
 * What {@link nanToNum} may be told.
 *
 * @category Elementwise
 */
export interface NanToNumOptions {
  /** What stands for NaN; 0 unless said. */
  readonly nan?: number;
  /** What stands for Infinity; the largest number of the dtype unless said. */
  readonly posinf?: number;
  /** What stands for -Infinity; the smallest number of the dtype unless said. */
  readonly neginf?: number;
}

const largest: Readonly<Partial<Record<DType, number>>> = {
  f16: 65504,
  f32: 3.4028234663852886e38,
  f64: Number.MAX_VALUE,
};

const [x, nan, high, low] = [0, 1, 2, 3].map((i) => e.input(i));
const replaced = mapping(
  "nanToNum",
  e.select(e.isNaN(x), nan, e.select(e.eq(x, Infinity), high, e.select(e.eq(x, -Infinity), low, x))),
);

/**
 * Numbers in place of NaN and the infinities, elementwise, in the dtype of x: `torch.nan_to_num`. The gradient of what
 * was replaced is 0.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { nanToNum, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([NaN, Infinity, -Infinity, 1], { dtype: "f64" });
 * assertEquals(await nanToNum(x).array(), [0, Number.MAX_VALUE, -Number.MAX_VALUE, 1]);
 * assertEquals(await nanToNum(x, { nan: -1, posinf: 9, neginf: 0 }).array(), [-1, 9, 0, 1]);
 * ```
 */
export const nanToNum: (x: Tensor, options?: NanToNumOptions) => Tensor = defineOp(
  "nanToNum",
  (x, options) => {
    checkOptions("nanToNum", options, { nan: 0, posinf: 0, neginf: 0 });
    const most = largest[x.dtype];
    if (most === undefined) return x;
    const { nan = 0, posinf = most, neginf = -most } = options ?? {};
    return replaced(x, ...[nan, posinf, neginf].map((value) => operandLike("nanToNum with", value, x)));
  },
  { dtypes },
);

const term = e.add(
  e.lgamma(e.sub(e.input(0), e.div(e.input(1), 2))),
  e.mul(Math.log(Math.PI) / 2, e.input(1)),
);

/**
 * The logarithm of the multivariate gamma function of dimension p, Σ log Γ(x - j/2) for j from 0 to p - 1 and
 * p(p - 1)/4·log π, elementwise: `torch.mvlgamma`. Integers are a {@link DtypeError}.
 * It is `torch.special.multigammaln`.
 *
 * @category Elementwise
 * @example
 * ```ts
 * import { lgamma, mvlgamma, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1.5, 3]);
 * assertEquals(await mvlgamma(x, 1).array(), await lgamma(x).array());
 * ```
 */
export const mvlgamma: (x: Tensor, p: number) => Tensor = defineOp("mvlgamma", (x, p) => {
  checkFloating("mvlgamma", x);
  checkInteger("take mvlgamma", "p", p, 1, 2 ** 16);
  return widened(x, (values) => {
    const places = arange(p, undefined, { dtype: values.dtype, backend: values.backend });
    const inputs = [unsqueeze(values, -1), places];
    return apply(reduce, inputs, { kind: "sum", name: "mvlgamma", expr: term, axes: [values.rank] });
  });
}, { dtypes: dtypes.filter(isFloating) });
