/** Reading many tensors at once. */
import type { TypedArray } from "../base/dtype.ts";
import { fetchAlive } from "./fetch.ts";
import type { Tensor } from "./tensor.ts";
import { tensorsOf } from "./tree.ts";

/**
 * The elements of several tensors in one round trip to the device, row-major.
 *
 * @category Tensors
 * @example
 * ```ts
 * import { read, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = await read([tensor([1, 2]), tensor([3])]);
 * assertEquals([...a, ...b], [1, 2, 3]);
 * ```
 */
export async function read(given: readonly Tensor[]): Promise<TypedArray[]> {
  const tensors = tensorsOf("read", given);
  const out = new Array<TypedArray>(tensors.length);
  // All are asked before the first answers, so that they tell of the same moment.
  await Promise.all([...new Set(tensors.map((t) => t.backend))].map(async (backend) => {
    const group = tensors.flatMap((t, i) => t.backend === backend ? [i] : []);
    const arrays = await fetchAlive(backend, group.map((i) => tensors[i]));
    group.forEach((i, k) => out[i] = arrays[k]);
  }));
  return out;
}
