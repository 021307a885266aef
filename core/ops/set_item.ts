/** `x[key] = value` in the manner of PyTorch and NumPy. */
import { dtypes } from "../base/dtype.ts";
import { checkOptions } from "../base/settings.ts";
import { registerFunctions } from "../call/catalog.ts";
import { operandLike } from "../define/numbers.ts";
import type { TensorLike } from "../define/operands.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { to } from "./convert.ts";
import { getItem, type KeyPart } from "./get_item.ts";
import { scatter, scatterAdd } from "./indexing.ts";
import type { PutOptions } from "./placing.ts";
import { arange } from "./ranges.ts";
import { hasLoneMask, withoutMask } from "./set_masked.ts";
import { expand, reshape } from "./shape.ts";

/**
 * A copy of x with `value` where {@link getItem} takes elements by the same key, to whose shape it broadcasts: what
 * `torch.Tensor.__setitem__` does in place. Of places named twice the last stays, unless they `accumulate`. On a backend
 * that is not read at once, and inside vmap, a key may have one mask in a tensor beside indices, spans and new axes: nothing is read, so that
 * of more values than it takes the rest is left, and of fewer the last repeated.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { setItem, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await setItem(zeros([2, 3]), [{}, -1], tensor([5, 6])).array(), [[0, 0, 5], [0, 0, 6]]);
 * const x = setItem(zeros([2, 3]), [[0, 1, 0], [2, 0, 2]], 1, { accumulate: true });
 * assertEquals(await x.array(), [[0, 0, 2], [1, 0, 0]]);
 * assertEquals(await setItem(x, [[[true, false, true], [true, true, true]]], 9).array(), [[9, 0, 9], [9, 9, 9]]);
 * ```
 */
export function setItem(
  x: Tensor,
  key: readonly KeyPart[],
  value: TensorLike,
  options: PutOptions = {},
): Tensor {
  checkTensor("setItem", x);
  checkOptions("setItem", options, { accumulate: false });
  const given = to(operandLike("setItem with", value, x), x.dtype);
  if (hasLoneMask(key)) {
    return setItem(x, ...withoutMask(x, key, given, options.accumulate ?? false));
  }
  const counted = arange(x.size, undefined, { dtype: "i32", backend: x.backend });
  const places = getItem(reshape(counted, x.shape), ...key);
  const values = expand(
    leading(given, places.rank),
    places.shape,
  );
  const place = options.accumulate ? scatterAdd : scatter;
  return reshape(place(reshape(x, [-1]), 0, reshape(places, [-1]), reshape(values, [-1])), x.shape);
}

// As in PyTorch, axes of 1 before what fits are no matter.
function leading(value: Tensor, rank: number): Tensor {
  let extra = 0;
  while (value.rank - extra > rank && value.shape[extra] === 1) extra++;
  return extra === 0 ? value : reshape(value, value.shape.slice(extra));
}

registerFunctions({ setItem: 1 }, { dtypes });
