/** Elements that meet at indices: summed, multiplied, averaged, or the largest or smallest of them. */
import type { DType } from "../base/dtype.ts";
import { isFloating } from "../base/dtype.ts";
import { rangeOf } from "../base/integers.ts";
import { checkOptions } from "../base/settings.ts";
import { described } from "../base/text.ts";
import { registerFunctions } from "../call/catalog.ts";
import type { TensorLike } from "../define/operands.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { div } from "./arithmetic.ts";
import { scatterAdd } from "./indexing.ts";
import { maximum } from "./magnitude.ts";
import { meet } from "./meeting.ts";

/**
 * What {@link scatterReduce} does with what is there.
 *
 * @category Indexing
 */
export interface ScatterReduceOptions {
  /** What becomes of elements that meet at one place: their sum, product or mean, the largest or smallest of them. */
  readonly reduce: "sum" | "prod" | "mean" | "amax" | "amin";
  /** Whether what was there is one of them; it is unless said. */
  readonly includeSelf?: boolean;
}

const kinds = { sum: "add", prod: "prod", mean: "add", amax: "max", amin: "min" } as const;

/** What changes nothing that it meets. */
function neutral(reduce: ScatterReduceOptions["reduce"], dtype: DType): number {
  if (reduce === "prod") return 1;
  if (reduce !== "amax" && reduce !== "amin") return 0;
  if (isFloating(dtype)) return reduce === "amax" ? -Infinity : Infinity;
  return (rangeOf(dtype) ?? [0, 1])[reduce === "amax" ? 0 : 1];
}

/**
 * A copy of x with what `source` has at each place of `index` along an axis summed, multiplied, averaged, or the largest
 * or smallest of it: `torch.scatter_reduce`. Places that none names stay. Equal extrema share the gradient.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { ones, scatterReduce, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const at = tensor([0, 0, 1], { dtype: "i32" }), source = tensor([2, 6, 5]);
 * const options = { reduce: "mean", includeSelf: false } as const;
 * assertEquals(await scatterReduce(ones([3]), 0, at, source, options).array(), [4, 5, 1]);
 * assertEquals(await scatterReduce(ones([3]), 0, at, source, { reduce: "prod" }).array(), [12, 5, 1]);
 * ```
 */
export function scatterReduce(
  x: Tensor,
  axis: number,
  index: Tensor,
  source: TensorLike,
  options: ScatterReduceOptions,
): Tensor {
  return reducedAt("scatterReduce", x, axis, index, source, options);
}

/** {@link scatterReduce} under a name. */
export function reducedAt(
  op: string,
  x: Tensor,
  axis: number,
  index: Tensor,
  source: TensorLike,
  options: ScatterReduceOptions,
): Tensor {
  checkTensor(op, x);
  checkOptions(op, options, { reduce: "", includeSelf: true });
  const { reduce, includeSelf = true } = options ?? {};
  if (!Object.hasOwn(kinds, reduce)) {
    throw new TypeError(
      `Cannot ${op} by ${described(reduce)}: choose ${
        Object.keys(kinds).join(", ").replace(/, (?=\w+$)/, " or ")
      }`,
    );
  }
  const start = includeSelf ? x : meet(op, "set", x, axis, index, neutral(reduce, x.dtype));
  const result = meet(op, kinds[reduce], start, axis, index, source);
  if (reduce !== "mean") return result;
  const counts = scatterAdd(filled(includeSelf ? 1 : 0, x.shape, x), axis, index, 1);
  return div(result, maximum(counts, 1));
}

registerFunctions({ scatterReduce: 3 });
