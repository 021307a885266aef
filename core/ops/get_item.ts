/** `x[key]` in the manner of PyTorch and NumPy. */
import { dtypes } from "../base/dtype.ts";
import { defineOp } from "../define/composite.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type KeyPart, partsOf, picked, taken } from "./item_keys.ts";

export type { KeyList, KeyPart, Span } from "./item_keys.ts";

/**
 * `x[key]`: what the parts of a key take of the axes, one after another, as PyTorch's `torch.Tensor.__getitem__`. Of
 * indices, spans and new axes alone it is a view. Positions and masks in several axes go together and broadcast. A mask
 * in a tensor is read at once; {@link getItemAsync} awaits it.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { arange } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = arange(12).reshape([3, 4]);
 * assertEquals(await x.getItem([0, -1], { step: 2 }).array(), [[0, 2], [8, 10]]);
 * assertEquals(await x.getItem([0, 1], [1, 2]).array(), [1, 6]);
 * assertEquals(await x.getItem([true, false, true], 0).array(), [0, 8]);
 * assertEquals(x.getItem("...", null, 1).shape, [3, 1]);
 * ```
 */
export const getItem: (x: Tensor, ...key: KeyPart[]) => Tensor = defineOp(
  "getItem",
  (x, ...key) => picked(...taken(x, partsOf(x, key), new Map())),
  { dtypes },
);
