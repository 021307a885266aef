/** Which tensors see the same memory. */
import { storageOf } from "./internals.ts";
import type { Tensor } from "./tensor.ts";
import { checkTensor } from "./tree.ts";

/**
 * What stands for the memory that a tensor sees: views of the same memory have it in common.
 *
 * @category Memory and profiles
 * @example
 * ```ts
 * import { memoryOf, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assert } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assert(memoryOf(x.transpose()) === memoryOf(x));
 * assert(memoryOf(x.add(0)) !== memoryOf(x));
 * ```
 */
export function memoryOf(x: Tensor): WeakKey {
  checkTensor("tell the memory of", x);
  return storageOf(x);
}
