/** `x[key]` with masks that are awaited, or of which so many are asked for. */
import { dtypes } from "../base/dtype.ts";
import { checkInteger, checkOptions, checkSetting } from "../base/settings.ts";
import { registerFunctions } from "../call/catalog.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { select } from "./axes.ts";
import { where } from "./choice.ts";
import { nonzero } from "./chosen.ts";
import { less } from "./comparison.ts";
import type { SizeOptions } from "./counted.ts";
import { type Found, type KeyPart, type Part, partsOf, picked, taken } from "./item_keys.ts";
import { maximum } from "./magnitude.ts";
import { reshape } from "./shape.ts";

function masksOf(parts: readonly Part[]): Tensor[] {
  return [...new Set(parts.flatMap(({ mask }) => mask?.tensor ?? []))];
}

async function awaited(x: Tensor, parts: readonly Part[]): Promise<Tensor> {
  const masks = masksOf(parts), rows = await Promise.all(masks.map((mask) => nonzero(mask)));
  return picked(...taken(x, parts, new Map(masks.map((mask, i) => [mask, rows[i]]))));
}

function sized(x: Tensor, parts: readonly Part[], { size, fill = 0 }: SizeOptions): Tensor {
  const masks = masksOf(parts), known = new Map<Tensor, Tensor>();
  const rows = masks.map((mask) => nonzero(mask, { size, fill: -1 }));
  masks.forEach((mask, i) => known.set(mask, mask.rank === 0 ? rows[i] : maximum(rows[i], 0)));
  const [view, places] = taken(x, parts, known as Found), at = places.findIndex((place) => place !== null);
  const listed = places.filter((place) => place !== null).length;
  if (masks.length !== 1 || masks[0].rank === 0 || listed !== masks[0].rank) {
    throw new RangeError(
      `Cannot getItemAsync with a size at a key of ${masks.length} masks in tensors and ${
        listed - (masks[0]?.rank ?? 0)
      } lists of positions: one mask alone has as many as are asked for`,
    );
  }
  const shape = view.shape.toSpliced(at, listed, size);
  if (masks[0].size === 0) return filled(fill, shape, x);
  const isMissing = reshape(less(select(rows[0], 1, 0), 0), shape.map((n, axis) => axis === at ? n : 1));
  return where(isMissing, fill, picked(view, places));
}

/**
 * {@link getItem} with masks in tensors that are awaited, since only the device knows how many elements they take. Of a
 * `size` that is given it is there at once, of a key with one mask and no other positions: filled up with `fill`, 0 unless
 * said, or cut off.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { getItemAsync, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, -2], [-3, 4], [5, 6]]), mask = x.slice(null, 0).greater(0);
 * assertEquals(await (await getItemAsync(x, [mask, 1])).array(), [-2, 6]);
 * assertEquals(await getItemAsync(x, [mask], { size: 3 }).array(), [[1, -2], [5, 6], [0, 0]]);
 * ```
 */
export function getItemAsync(x: Tensor, key: readonly KeyPart[]): Promise<Tensor>;
/**
 * Of a `size` that is given, at once.
 *
 * @category Indexing
 */
export function getItemAsync(x: Tensor, key: readonly KeyPart[], options: SizeOptions): Tensor;
export function getItemAsync(
  x: Tensor,
  key: readonly KeyPart[],
  options?: SizeOptions,
): Tensor | Promise<Tensor> {
  checkTensor("getItemAsync", x);
  if (options === undefined) return awaited(x, partsOf(x, key));
  checkOptions("getItemAsync", options, { size: 1, fill: 0 });
  checkInteger("getItemAsync", "size", options.size, 0, Number.MAX_SAFE_INTEGER);
  if (options.fill !== undefined) checkSetting("getItemAsync", "fill", options.fill);
  return sized(x, partsOf(x, key), options);
}

registerFunctions({ getItemAsync: 1 }, { dtypes });
